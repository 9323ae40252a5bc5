#include "tests/support/machine.hpp"

#include "tests/support/test_environment.hpp"

#include <fstream>
#include <stdexcept>

namespace dw::test {

namespace {

std::string first_line_of(const std::string& path) {
  std::ifstream file{path};
  std::string result;
  if (!std::getline(file, result))
    throw std::runtime_error{"cannot read " + path};
  return result;
}

} // namespace

machine::machine(int number) : number_{number} {
  const auto home
    = environment().directory + "/machines/" + std::to_string(number);
  address_ = first_line_of(home + "/address");
  docker_host_ = "unix://" + home + "/docker.sock";
  first_ = first_line_of(home + "/namespace.first");
}

// Not in its process namespace: what we start there is our child, so that we
// can kill it, and it sees the processes that /proc tells of.
std::vector<std::string> machine::runner() const {
  return {"nsenter", "--net", "--target", first_, "--"};
}

void machine::cut() const {
  change_machine(number_, {"cut"});
}

void machine::heal() const {
  change_machine(number_, {"heal"});
}

void machine::lossy(int percent) const {
  change_machine(number_, {"lossy", std::to_string(percent)});
}

void machine::change_engine(const std::string& verb) const {
  change_machine(number_, {"engine", verb});
}

std::vector<machine> all_machines() {
  std::vector<machine> result;
  for (int i = 1; i <= environment().machines; ++i)
    result.emplace_back(i);
  return result;
}

} // namespace dw::test
