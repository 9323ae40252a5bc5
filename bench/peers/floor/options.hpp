#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace dw::peer {

/// What the command line and the environment say; see bench/README.md.
struct options {
  std::vector<std::string> engines;
  std::string npm;
  std::string traffic;
  size_t deploys = 1;
  size_t concurrency = 1;
  std::string image;
  std::vector<std::string> tags{"1"};
  std::string network = "bench-net";
  std::string identity;
  std::string password;
};

/// Ends the process with status 2 if the usage is wrong, and with 0 after
/// printing the help.
options read_options(int argc, char** argv);

} // namespace dw::peer
