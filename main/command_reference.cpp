#include "main/command_reference.hpp"

#include "main/command_tree.hpp"

#include <CLI/CLI.hpp>

namespace dw {

namespace {

option_info describe(const CLI::Option& x) {
  option_info result;
  result.name = "--" + x.get_lnames().front();
  if (!x.get_snames().empty())
    result.short_name = "-" + x.get_snames().front();
  if (x.get_expected_max() > 0)
    result.value = x.get_type_name();
  result.text = x.get_description();
  return result;
}

std::vector<option_info> options_of(const CLI::App& command) {
  std::vector<option_info> result;
  for (const auto* x : command.get_options())
    if (!x->get_positional())
      result.push_back(describe(*x));
  return result;
}

std::string row(const std::string& name, const std::string& text) {
  return "| `" + name + "` | " + text + " |\n";
}

// The arguments and options of a command, but for --help.
std::string table_of(const CLI::App& command) {
  std::string rows;
  for (const auto* x : command.get_options())
    if (x->get_positional())
      rows += row(x->get_type_name(), x->get_description());
  for (const auto& x : options_of(command))
    if (x.name != "--help")
      rows += row((x.short_name.empty() ? "" : x.short_name + ", ") + x.name
                    + (x.value.empty() ? "" : " " + x.value),
                  x.text);
  return rows.empty() ? "" : "\n| option | meaning |\n| --- | --- |\n" + rows;
}

std::string short_name(const CLI::App& command) {
  auto name = full_name(command);
  return name.substr(name.find(' ') + 1);
}

} // namespace

std::string command_reference() {
  arguments ignored;
  auto tree = make_command_tree(ignored);
  auto result = "### Every command\n" + table_of(*tree);
  for_each_command(*tree, [&](const CLI::App& x) {
    result += "\n### " + short_name(x) + "\n\n    " + usage_of(x) + "\n\n"
              + x.get_description() + ".\n" + table_of(x);
  });
  return result;
}

std::vector<command_info> list_commands() {
  arguments ignored;
  auto tree = make_command_tree(ignored);
  std::vector<command_info> result;
  for_each_command(*tree, [&](const CLI::App& x) {
    command_info info{short_name(x), x.get_description(), options_of(x)};
    if (info.name.find(' ') != std::string::npos)
      info.group_text = x.get_parent()->get_description();
    for (const auto* option : x.get_options())
      if (option->get_positional()) {
        info.argument = option->get_type_name();
        info.takes_several = option->get_expected_max() > 1;
      }
    result.push_back(std::move(info));
  });
  return result;
}

std::vector<option_info> list_common_options() {
  arguments ignored;
  return options_of(*make_command_tree(ignored));
}

} // namespace dw
