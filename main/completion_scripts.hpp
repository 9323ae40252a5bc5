#pragma once

#include <string>

namespace dw {

/// Scripts that complete the command line in a shell, made from the commands
/// and options that there are. Stages are completed by asking the program for
/// those of the configuration at hand.

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

} // namespace dw
