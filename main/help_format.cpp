#include "main/help_format.hpp"

#include "main/command_tree.hpp"

namespace dw {

namespace {

constexpr size_t width = 80;
constexpr size_t text_column = 26;

// Breaks a text into lines that fit beside the names.
std::string wrap(const std::string& text) {
  constexpr auto room = width - text_column;
  std::string result;
  size_t used = 0;
  for (size_t i = 0; i < text.size();) {
    auto end = std::min(text.find(' ', i), text.size());
    if (used > 0 && used + 1 + (end - i) > room) {
      result += '\n';
      used = 0;
    } else if (used > 0) {
      result += ' ';
      ++used;
    }
    result.append(text, i, end - i);
    used += end - i;
    i = end + 1;
  }
  return result;
}

} // namespace

help_format::help_format() {
  column_width(text_column);
  label("Positionals", "Arguments");
}

std::string
help_format::make_usage(const CLI::App* command, std::string) const {
  return "\nUsage: " + usage_of(*command) + "\n";
}

std::string help_format::make_subcommand(const CLI::App* command) const {
  std::ostringstream out;
  CLI::detail::format_help(out, command->get_name(),
                           wrap(command->get_description()), text_column);
  return out.str();
}

std::string help_format::make_option_name(const CLI::Option* option,
                                          bool is_positional) const {
  if (is_positional)
    return option->get_type_name();
  std::string result;
  for (const auto& name : option->get_snames())
    result += "-" + name + ", ";
  return result + "--" + option->get_lnames().front();
}

std::string help_format::make_option_opts(const CLI::Option* option) const {
  auto is_flag = option->get_expected_max() == 0;
  return is_flag || option->get_positional() ? ""
                                             : " " + option->get_type_name();
}

std::string help_format::make_option_desc(const CLI::Option* option) const {
  return wrap(option->get_description());
}

} // namespace dw
