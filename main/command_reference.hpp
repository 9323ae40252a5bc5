#pragma once

#include <string>
#include <vector>

namespace dw {

/// The reference of all commands and options as Markdown, made from what the
/// command line is read by.
std::string command_reference();

/// An option or a flag of a command.
struct option_info {
  /// As in "--tail".
  std::string name;
  /// As in "-n"; may be empty.
  std::string short_name;
  /// What stands for its value, "FILE"; empty for a flag.
  std::string value;
  std::string text;
};

/// A command, as shell completions need to know it.
struct command_info {
  /// "deploy", "proxy list".
  std::string name;
  std::string text;
  std::vector<option_info> options;
  /// What stands for its arguments, "PROJECT/STAGE"; empty if it has none.
  std::string argument;
  /// Whether it takes any number of them.
  bool takes_several = false;
  /// Of a command of two words: what the first one is about.
  std::string group_text;
};

std::vector<command_info> list_commands();

/// The options of every command.
std::vector<option_info> list_common_options();

} // namespace dw
