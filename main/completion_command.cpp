#include "main/commands.hpp"
#include "main/completion_scripts.hpp"

#include <fmt/format.h>

namespace dw {

exit_status run_completion(const arguments& args) {
  fmt::print("{}", args.shell == "bash"  ? bash_completion()
                   : args.shell == "zsh" ? zsh_completion()
                                         : fish_completion());
  return exit_status::done;
}

} // namespace dw
