#include "main/commands.hpp"

#include <fmt/format.h>

#include <set>

namespace dw {

namespace {

// Stages of the configuration in the working directory; where there is none
// they complete to nothing.
constexpr auto list_stages = "$(docker-watcher status --names 2>/dev/null)";

std::string join(const std::vector<std::string>& xs) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : " ") + x;
  return result;
}

// The words that may begin a command: "proxy list" begins with "proxy".
std::string first_words(const std::vector<command_names>& commands) {
  std::set<std::string> words;
  for (const auto& x : commands)
    words.insert(x.name.substr(0, x.name.find(' ')));
  return join({words.begin(), words.end()});
}

std::string bash_script() {
  auto commands = list_commands();
  std::string cases;
  for (const auto& x : commands) {
    auto space = x.name.find(' ');
    if (space != std::string::npos)
      continue;
    auto stages
      = x.takes_stage ? std::string{" "} + list_stages : std::string{};
    cases += fmt::format("    {}) words=\"{}{}\" ;;\n", x.name, join(x.options),
                         stages);
  }
  return fmt::format(R"(_docker_watcher() {{
  local words word command=
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case $command in
    "") words="{} --config --verbose --help" ;;
    proxy) words="list show find --json" ;;
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _docker_watcher docker-watcher
)",
                     first_words(commands), cases);
}

// zsh understands bash's completion functions.
std::string zsh_script() {
  return "#compdef docker-watcher\nautoload -U +X bashcompinit && "
         "bashcompinit\n"
         + bash_script();
}

std::string fish_script() {
  auto commands = list_commands();
  auto result = fmt::format(
    "complete -c docker-watcher -f -n __fish_use_subcommand -a '{}'\n",
    first_words(commands));
  for (const auto& x : commands) {
    if (x.name.find(' ') != std::string::npos)
      continue;
    for (const auto& option : x.options)
      result += fmt::format("complete -c docker-watcher -f -n "
                            "'__fish_seen_subcommand_from {}' -l {}\n",
                            x.name, option.substr(2));
  }
  return result
         + "complete -c docker-watcher -f -n '__fish_seen_subcommand_from "
           "proxy' -a 'list show find'\n";
}

} // namespace

exit_status run_completion(const arguments& args) {
  fmt::print("{}", args.shell == "bash"  ? bash_script()
                   : args.shell == "zsh" ? zsh_script()
                                         : fish_script());
  return exit_status::done;
}

} // namespace dw
