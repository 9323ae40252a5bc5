#include "main/command_reference.hpp"
#include "main/completion_scripts.hpp"

#include <boost/algorithm/string/replace.hpp>

#include <map>

namespace dw {

namespace {

// The file is loaded as the function of its name, or sourced.
constexpr auto script = R"script(#compdef docker-watcher

_docker-watcher_stages() {
  local -a stages
  local program=${(Q)words_of_all[1]/#\~\//$HOME/}
  local file=${(Q)${(Q)config}/#\~\//$HOME/} # twice: opt_args adds quotes
  stages=(${(f)"$($program ${file:+-c} ${file:+$file} status --names \
    2>/dev/null)"})
  compadd -a stages
}

_docker-watcher() {
  local curcontext=$curcontext context state state_descr line config=
  local -A opt_args
  local -a words_of_all=($words) common commands
  common=(
@COMMON@  )
  _arguments -C -S $common '1: :->command' '*:: :->arguments' && return
  config=${opt_args[-c]:-${opt_args[--config]}}
  case $state in
    command)
      commands=(
@COMMANDS@      )
      _describe command commands ;;
    arguments)
      case $line[1] in
@CASES@      esac ;;
  esac
}

if [[ $funcstack[1] == _docker-watcher ]]; then
  _docker-watcher "$@"
else
  compdef _docker-watcher docker-watcher
fi
)script";

// Text within an argument of _arguments or _describe, in single quotes.
std::string escape(std::string text) {
  boost::replace_all(text, "\\", "\\\\");
  boost::replace_all(text, ":", "\\:");
  boost::replace_all(text, "[", "\\[");
  boost::replace_all(text, "]", "\\]");
  boost::replace_all(text, "'", "'\\''");
  return text;
}

std::string action_for(const std::string& value) {
  if (value == "FILE")
    return "_files";
  if (value == "PROJECT/STAGE")
    return "_docker-watcher_stages";
  if (value == "DOMAIN")
    return "_hosts";
  return value == "SHELL" ? "(bash zsh fish)" : "";
}

// With an empty action zsh would complete no options there.
std::string action_for_argument(const std::string& name) {
  auto action = action_for(name);
  return action.empty() ? "_guard \"[^-]#\" " + name : action;
}

std::string spec_of(const option_info& x) {
  auto rest = "[" + escape(x.text) + "]";
  auto attached = x.name;
  if (!x.value.empty()) {
    rest += ":" + escape(x.value) + ":" + action_for(x.value);
    attached += "=";
  }
  if (x.short_name.empty())
    return "'" + attached + rest + "'";
  auto names = x.short_name + (x.value.empty() ? "," : "+,") + attached;
  return "'(" + x.short_name + " " + x.name + ")'{" + names + "}'" + rest + "'";
}

std::string
specs_of(const std::vector<option_info>& xs, const std::string& indent) {
  std::string result;
  for (const auto& x : xs)
    result += indent + spec_of(x) + "\n";
  return result;
}

std::string case_for(const command_info& x, const std::string& indent) {
  auto result = indent + x.name.substr(x.name.find(' ') + 1) + ")\n" + indent
                + "  _arguments -S $common";
  for (const auto& option : x.options)
    if (option.name != "--help") // is in $common
      result += " \\\n" + indent + "    " + spec_of(option);
  if (!x.argument.empty())
    result += " \\\n" + indent + "    '" + (x.takes_several ? "*:" : "1:")
              + escape(x.argument) + ":" + action_for_argument(x.argument)
              + "'";
  return result + " ;;\n";
}

// The case of a first word that a second one may follow.
std::string group_case_for(const std::string& name,
                           const std::vector<command_info>& commands) {
  std::string names;
  std::string cases;
  std::string specs;
  for (const auto& x : commands) {
    if (x.name == name) {
      for (const auto& option : x.options)
        if (option.name != "--help")
          specs += " " + spec_of(option);
      continue;
    }
    names += (names.empty() ? "" : " ") + x.name.substr(name.size() + 1);
    cases += case_for(x, "            ");
  }
  return "        " + name
         + ")\n"
           "          _arguments -C -S $common"
         + specs + " '1:command:(" + names
         + ")' '*:: :->arguments' && return\n"
           "          case $line[1] in\n"
         + cases + "          esac ;;\n";
}

std::string entry(const std::string& name, const std::string& text) {
  return "        '" + name + ":" + escape(text) + "'\n";
}

} // namespace

std::string zsh_completion() {
  std::string entries;
  std::string cases;
  std::map<std::string, std::vector<command_info>> groups;
  auto all = list_commands();
  for (const auto& x : all)
    if (auto space = x.name.find(' '); space != std::string::npos)
      groups[x.name.substr(0, space)];
  for (const auto& x : all) {
    auto group = groups.find(x.name.substr(0, x.name.find(' ')));
    if (group != groups.end()) {
      group->second.push_back(x);
    } else {
      entries += entry(x.name, x.text);
      cases += case_for(x, "        ");
    }
  }
  for (const auto& [name, commands] : groups) {
    entries += entry(name, commands.back().group_text);
    cases += group_case_for(name, commands);
  }
  std::string result = script;
  boost::replace_first(result, "@COMMON@",
                       specs_of(list_common_options(), "    "));
  boost::replace_first(result, "@COMMANDS@", entries);
  boost::replace_first(result, "@CASES@", cases);
  return result;
}

} // namespace dw
