#pragma once

#include <string>
#include <vector>

// All of it is about the environment's engine, unless "unix:///.." names
// another one.

namespace dw::test {

/// A container as the engine lists it.
struct listed_container {
  std::string id;
  std::string name;
  /// "running", "exited" and so on.
  std::string state;
  std::string stage;
  std::string tag;
  std::string instance_id;
};

/// The containers of a project, sorted by name. Asks the Docker CLI, so that
/// the project's own way of reading them proves nothing to itself.
std::vector<listed_container>
containers_of(const std::string& project, const std::string& engine = {});

/// The same, each as "NAME STATE".
std::vector<std::string> container_states_of(const std::string& project);

/// The names of all networks.
std::vector<std::string> networks(const std::string& engine = {});

/// A value that `docker inspect` finds about an object.
/// @param format "{{.State.Pid}}"
std::string inspect_value(const std::string& object, const std::string& format);

/// Removes the containers of a project, and a network if it is there.
void forget_project(const std::string& project, const std::string& network,
                    const std::string& engine = {});

} // namespace dw::test
