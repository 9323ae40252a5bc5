#include "main/arguments.hpp"

#include "main/command_tree.hpp"
#include "main/problems.hpp"

#include <CLI/Error.hpp>
#include <CLI/StringTools.hpp>

#include <algorithm>
#include <array>

namespace dw {

namespace {

std::string name_without_program(const CLI::App& command) {
  auto name = full_name(command);
  auto space = name.find(' ');
  return space == std::string::npos ? "" : name.substr(space + 1);
}

std::string did_you_mean(const std::string& text,
                         const std::vector<std::string>& candidates) {
  auto meant = closest(text, candidates);
  return meant.empty() ? "" : ", did you mean " + meant + "?";
}

// Whether a command below this one has an option of that name.
bool is_option_below(const CLI::App& command, const std::string& name) {
  auto below = all_subcommands(command);
  return std::any_of(below.begin(), below.end(), [&](const auto* x) {
    return x->get_option_no_throw(name) != nullptr || is_option_below(*x, name);
  });
}

// What is wrong with a word that nobody expected.
std::string explain_extra(const CLI::App& command, const std::string& word) {
  std::vector<std::string> candidates;
  if (word.starts_with('-')) {
    for (const auto* at = &command; at != nullptr; at = at->get_parent())
      for (const auto* option : at->get_options())
        for (const auto& name : option->get_lnames())
          candidates.push_back("--" + name);
    auto name = word.substr(0, word.find('='));
    // A command's own option is unexpected only where it stands before it.
    if (command.get_option_no_throw(name) != nullptr
        || is_option_below(command, name))
      return name + " belongs after the command that it is for";
    return "there is no option " + in_quotes(name)
           + did_you_mean(name, candidates);
  }
  for (const auto* x : all_subcommands(command))
    candidates.push_back(x->get_name());
  if (candidates.empty())
    return "there is one argument too many: " + in_quotes(word);
  return in_quotes(word) + " is no command" + did_you_mean(word, candidates);
}

// CLI11 calls arguments by a name of ours that users never see.
std::string
explain_missing(const CLI::App& command, const CLI::ParseError& err) {
  for (const auto* x : command.get_options())
    if (x->get_positional() && x->get_required() && x->count() == 0)
      return x->get_type_name() + " is missing: "
             + CLI::detail::to_lower(x->get_description().substr(0, 1))
             + x->get_description().substr(1);
  std::string names;
  for (const auto* x : all_subcommands(command))
    names += (names.empty() ? "" : ", ") + x->get_name();
  return names.empty() ? err.what() : "name a command: " + names;
}

std::string with_article(const std::string& noun) {
  auto has_vowel = std::string_view{"AEIO"}.find(noun[0]) != std::string::npos;
  return (has_vowel ? "an " : "a ") + noun;
}

// An option without its value, or with one too many.
std::string explain_count(const CLI::App& command, const CLI::ParseError& err) {
  std::string text = err.what();
  if (text.ends_with("flag override"))
    return "--" + text.substr(0, text.find(' ')) + " takes no value";
  auto name = text.substr(0, text.find(':'));
  for (const auto* at = &command; at != nullptr; at = at->get_parent()) {
    const auto* option = at->get_option_no_throw(name);
    if (option == nullptr)
      continue;
    if (option->get_positional())
      return "one " + option->get_type_name() + " at a time";
    return text.ends_with("missing")
             ? name + " needs " + with_article(option->get_type_name())
             : name + " is there more than once";
  }
  return text;
}

std::string explain(const CLI::App& tree, const CLI::ParseError& err) {
  const auto& command = selected_command(tree);
  // With fallthrough, the words that nobody expected end up at the top.
  auto extras = tree.remaining(true);
  auto kind = err.get_name();
  // The value of an option that there is not looks like one argument too many.
  auto option = std::find_if(extras.begin(), extras.end(),
                             [](const auto& x) { return x.starts_with('-'); });
  if (kind == "ArgumentMismatch")
    return option == extras.end() ? explain_count(command, err)
                                  : explain_extra(command, *option);
  if (kind == "ValidationError")
    return err.what();
  if (!extras.empty())
    return explain_extra(command, extras.front());
  if (kind == "RequiredError")
    return explain_missing(command, err);
  return err.what();
}

usage_message
make_usage_error(const CLI::App& command, const std::string& text) {
  auto name = full_name(command);
  return {name + ": " + text + "\nTry " + name + " --help.\n", true};
}

// A variable of a script that is not set makes an option that says nothing,
// which must not stand for another one or for none.
std::string find_empty_value(const CLI::App& command) {
  for (const auto* at = &command; at != nullptr; at = at->get_parent())
    for (const auto* x : at->get_options()) {
      auto name = x->get_positional() ? x->get_type_name() : x->get_name();
      if (name == "--server" || name == "--ca" || x->get_expected_max() == 0)
        continue; // where it stands for none
      for (const auto& value : x->results())
        if (value.empty())
          return name + " is empty";
    }
  return {};
}

std::string find_contradiction_of_node(const arguments& x) {
  if (x.listen.empty())
    return "--listen is missing: where controllers connect to";
  auto files = std::array{x.ca.has_value() && !x.ca->empty(),
                          !x.certificate.empty(), !x.key.empty()};
  auto given = std::count(files.begin(), files.end(), true);
  if (x.insecure && given > 0)
    return "pass certificates or --insecure, not both";
  if (!x.insecure && given < 3)
    return "pass --ca, --cert and --key, which docker-watcher node cert makes, "
           "or --insecure";
  return {};
}

// What the single options cannot say about each other.
std::string find_contradiction(const arguments& x) {
  if (x.command == "deploy" || x.command == "plan") {
    if (x.all && !x.stages.empty())
      return "name stages or pass --all, not both";
    if (!x.all && x.stages.empty())
      return "name one or more stages, or pass --all";
    if (x.all && (!x.image.empty() || !x.tag.empty()))
      return "--tag and --image are for named stages, not for --all";
  }
  for (auto i = x.stages.begin(); i != x.stages.end(); ++i)
    if (std::find(x.stages.begin(), i, *i) != i)
      return in_quotes(*i) + " is named more than once";
  if (x.names && x.json)
    return "pass --names or --json, not both";
  if (x.command == "node")
    return find_contradiction_of_node(x);
  if (x.command == "login" || x.command == "logout") {
    if (x.registry.empty() && !x.of_proxy)
      return "name a registry, or pass --proxy";
    if (!x.registry.empty() && x.of_proxy)
      return "name a registry or pass --proxy, not both";
  }
  return {};
}

} // namespace

std::variant<arguments, usage_message>
parse_command_line(int argc, const char* const* argv) {
  arguments result;
  auto tree = make_command_tree(result);
  try {
    tree->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return usage_message{tree->help(), false};
  } catch (const CLI::CallForVersion&) {
    result.command = "version";
    return result;
  } catch (const CLI::ParseError& x) {
    if (argc <= 1)
      return usage_message{tree->help(), true};
    return make_usage_error(selected_command(*tree), explain(*tree, x));
  }
  const auto& command = selected_command(*tree);
  result.command = name_without_program(command);
  if (auto text = find_empty_value(command); !text.empty())
    return make_usage_error(command, text);
  if (auto text = find_contradiction(result); !text.empty())
    return make_usage_error(command, text);
  return result;
}

} // namespace dw
