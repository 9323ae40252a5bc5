#include "main/command_reference.hpp"
#include "main/completion_scripts.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/replace.hpp>

#include <map>
#include <set>

namespace dw {

namespace {

using words = std::set<std::string>;

constexpr auto script = R"script(# bash completion for docker-watcher

# The stages of the configuration that the command line names. $config is as it
# was typed: with its quotes, and with a ~ that nobody has expanded.
_docker_watcher_stages() {
  local file=${config//[\"\'\\]/}
  file=${file/#\~\//$HOME/}
  "${COMP_WORDS[0]/#\~\//$HOME/}" ${file:+-c "$file"} status --names \
    2>/dev/null
}

_docker_watcher() {
  local current=${COMP_WORDS[COMP_CWORD]}
  local command='' config='' option='' words='' options='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $option:$word in
      *:=) ;; # bash takes --config=FILE for three words
      -c:* | --config:*) config=$word option='' ;;
      ?*:*) option='' ;;
      :@VALUES@) option=$word ;;
      :-*) ;;
      *) case $command in
        '' | @GROUPS@) command+=${command:+ }$word ;;
      esac ;;
    esac
  done
  [[ $current == = ]] && current=
  case $option in
    -c | --config)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    ?*) return ;;
  esac
  case $command in
@CASES@  esac
  [[ $current == -* ]] && words="$options @COMMON@"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _docker_watcher docker-watcher
)script";

void add_names(const option_info& x, words& out) {
  out.insert(x.name);
  if (!x.short_name.empty())
    out.insert(x.short_name);
}

words names_of(const std::vector<option_info>& options) {
  words result;
  for (const auto& x : options)
    add_names(x, result);
  return result;
}

// Those that only one command has.
words own_names_of(const command_info& command) {
  auto result = names_of(command.options);
  for (const auto& x : names_of(list_common_options()))
    result.erase(x);
  return result;
}

// The options that are followed by a value.
words names_with_value(const std::vector<command_info>& commands) {
  words result;
  auto add_all = [&](const std::vector<option_info>& options) {
    for (const auto& x : options)
      if (!x.value.empty())
        add_names(x, result);
  };
  add_all(list_common_options());
  for (const auto& x : commands)
    add_all(x.options);
  return result;
}

std::string words_for(const std::string& argument) {
  if (argument == "PROJECT/STAGE")
    return "$(_docker_watcher_stages)";
  return argument == "SHELL" ? "bash zsh fish" : "";
}

// The words that may follow the first ones of a command: after "" all first
// words, after "proxy" its second ones.
std::map<std::string, words>
following_words(const std::vector<command_info>& commands) {
  std::map<std::string, words> result;
  for (const auto& x : commands) {
    auto space = x.name.find(' ');
    result[""].insert(x.name.substr(0, space));
    if (space != std::string::npos)
      result[x.name.substr(0, space)].insert(x.name.substr(space + 1));
  }
  return result;
}

// A case for each command, and for "" and "proxy", which are not complete.
std::string cases_for(const std::vector<command_info>& commands) {
  auto next = following_words(commands);
  std::string result;
  for (const auto& x : commands) {
    auto more = next.extract(x.name);
    result += "    '" + x.name + "')\n      options=\""
              + boost::join(own_names_of(x), " ") + "\"\n      words=\""
              + (more ? boost::join(more.mapped(), " ") : words_for(x.argument))
              + "\" ;;\n";
  }
  for (const auto& [name, xs] : next)
    result += "    '" + name + "') words=\"" + boost::join(xs, " ") + "\" ;;\n";
  return result;
}

} // namespace

std::string bash_completion() {
  auto commands = list_commands();
  std::string result = script;
  boost::replace_first(result, "@VALUES@",
                       boost::join(names_with_value(commands), " | :"));
  words groups;
  for (const auto& [name, ignored] : following_words(commands))
    if (!name.empty())
      groups.insert(name);
  boost::replace_first(result, "@GROUPS@", boost::join(groups, " | "));
  boost::replace_first(result, "@CASES@", cases_for(commands));
  boost::replace_first(result, "@COMMON@",
                       boost::join(names_of(list_common_options()), " "));
  return result;
}

} // namespace dw
