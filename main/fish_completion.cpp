#include "main/command_reference.hpp"
#include "main/completion_scripts.hpp"

#include <boost/algorithm/string/replace.hpp>

#include <map>
#include <set>

namespace dw {

namespace {

constexpr auto functions = R"script(# fish completion for docker-watcher

# The words that are no options and no values of options.
function __docker_watcher_words
    set -l skip no
    for word in (commandline -opc)[2..]
        if test $skip = yes
            set skip no
        else if contains -- $word @VALUES@
            set skip yes
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

# Whether the command is exactly this, so far; `proxy list` is one of two words.
function __docker_watcher_command_is
    set -l words (__docker_watcher_words)
    set -l count (count $argv)
    test $count -eq 0 -a (count $words) -gt 0; and return 1
    test $count -eq 0; or test "$words[1..$count]" = "$argv"
end

# The same, and no further word is there.
function __docker_watcher_ends_with
    __docker_watcher_command_is $argv
    and test (count (__docker_watcher_words)) -eq (count $argv)
end

# The stages of the configuration that the command line names.
function __docker_watcher_stages
    set -l words (commandline -opc)
    set -l config
    for i in (seq (count $words))
        switch $words[$i]
            case -c --config
                set config -c (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
            case '--config=*'
                set config -c (string replace -- --config= '' $words[$i])
        end
    end
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program $config status --names 2>/dev/null
end

complete -c docker-watcher -f
)script";

std::string quote(std::string text) {
  boost::replace_all(text, "\\", "\\\\");
  boost::replace_all(text, "'", "\\'");
  return "'" + text + "'";
}

std::string line_for(const std::string& condition, const std::string& rest) {
  return "complete -c docker-watcher"
         + (condition.empty() ? "" : " -n " + quote(condition)) + rest + "\n";
}

std::string line_for(const std::string& condition, const option_info& x) {
  auto rest = " -l " + x.name.substr(2);
  if (!x.short_name.empty())
    rest += " -s " + x.short_name.substr(1);
  if (!x.value.empty())
    rest += x.value == "FILE" ? " -r -F" : " -x";
  return line_for(condition, rest + " -d " + quote(x.text));
}

// @param is_group Other commands begin with its name.
std::string lines_for(const command_info& x, bool is_group) {
  auto space = x.name.find(' ');
  auto before = space == std::string::npos ? std::string{}
                                           : " " + x.name.substr(0, space);
  auto result = line_for("__docker_watcher_ends_with" + before,
                         " -a " + x.name.substr(before.empty() ? 0 : space + 1)
                           + " -d " + quote(x.text));
  auto is_it = (is_group ? "__docker_watcher_ends_with "
                         : "__docker_watcher_command_is ")
               + x.name;
  for (const auto& option : x.options)
    if (option.name != "--help")
      result += line_for(is_it, option);
  auto may_follow
    = x.takes_several ? is_it : "__docker_watcher_ends_with " + x.name;
  if (x.argument == "PROJECT/STAGE")
    result += line_for(may_follow, " -a '(__docker_watcher_stages)'");
  else if (x.argument == "SHELL")
    result += line_for(may_follow, " -a 'bash zsh fish'");
  return result;
}

} // namespace

std::string fish_completion() {
  std::string result = functions;
  std::set<std::string> valued;
  std::map<std::string, std::string> groups;
  auto note_values = [&](const std::vector<option_info>& xs) {
    for (const auto& x : xs)
      if (!x.value.empty()) {
        valued.insert(x.name);
        if (!x.short_name.empty())
          valued.insert(x.short_name);
      }
  };
  note_values(list_common_options());
  for (const auto& x : list_common_options())
    result += line_for("", x);
  auto commands = list_commands();
  for (const auto& x : commands)
    if (!x.group_text.empty())
      groups[x.name.substr(0, x.name.find(' '))] = x.group_text;
  for (const auto& x : commands) {
    note_values(x.options);
    result += lines_for(x, groups.erase(x.name) > 0);
  }
  for (const auto& [name, text] : groups)
    result += line_for("__docker_watcher_ends_with",
                       " -a " + name + " -d " + quote(text));
  std::string list;
  for (const auto& x : valued)
    list += (list.empty() ? "" : " ") + x;
  boost::replace_first(result, "@VALUES@", list);
  return result;
}

} // namespace dw
