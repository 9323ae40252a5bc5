#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>

#include <string>

namespace dw {

/// How the help of a command is laid out, within 80 columns.
class help_format final : public CLI::Formatter {
public:
  help_format();

  std::string
  make_usage(const CLI::App* command, std::string name) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_option_name(const CLI::Option* option,
                               bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

} // namespace dw
