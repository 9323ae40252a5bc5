#pragma once

#include <string>
#include <vector>

namespace dw::test {

/// A machine of the environment beside the one that we are on: it has an
/// engine, a network, and a wire that leads to us and to the others.
class machine {
public:
  /// @param number From 1 to `environment().machines`.
  /// @throws std::runtime_error if there is none.
  explicit machine(int number);

  /// Its IP address.
  const std::string& address() const noexcept {
    return address_;
  }

  /// "unix:///.."; also we can use it, and whatever happens to the wire.
  const std::string& docker_host() const noexcept {
    return docker_host_;
  }

  /// The words before those of a program that is to run in its network.
  std::vector<std::string> runner() const;

  /// From now on all packets on the wire get lost, in both directions and
  /// without notice; or none; or so many in a hundred.
  void cut() const;
  void heal() const;
  void lossy(int percent) const;

  /// As the function of that name, which is about the environment's engine.
  void change_engine(const std::string& verb) const;

private:
  int number_;
  std::string address_;
  std::string docker_host_;
  /// The id of a process there.
  std::string first_;
};

/// All of them.
std::vector<machine> all_machines();

} // namespace dw::test
