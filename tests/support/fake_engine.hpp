#pragma once

#include "messages/container.hpp"
#include "messages/error.hpp"
#include "messages/image.hpp"
#include "messages/network.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <cstdint>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dw::test {

/// How the containers of an image behave.
struct fake_app {
  std::vector<std::string> exposed{"8080/tcp"};
  bool has_check = false;
  /// With `has_check`: what the engine says of it once it runs.
  health_status health = health_status::healthy;
  /// Without: starting it fails.
  bool can_start = true;
  /// Ends with this code as soon as it has started.
  caf::optional<int64_t> dies_with;
  /// The answer to every request; 0 for an app that does not listen.
  int status = 200;
  /// Says in its answers which instance it is.
  bool tells_instance = true;
  std::vector<std::string> log{"listening on 8080"};
};

/// A container of the fake engine.
struct fake_container {
  /// Counts up from 1; the id is made from it.
  int number = 0;
  container_info info;
  container_spec spec;
  fake_app app;
  /// 0 while it does not run; another one at each start.
  uint16_t host_port = 0;

  bool is_running() const {
    return info.state == container_state::running;
  }

  std::string instance_id() const;
};

/// A Docker Engine in memory: images, networks and containers, with the answers
/// of the real one.
class fake_engine {
public:
  // -- for the test to set up and to look at ----------------------------------

  /// Puts an image into the registry, under the tag of an earlier one if there
  /// is one. @returns its id
  std::string publish(const std::string& reference, fake_app app = {});

  /// Makes the engine forget its copy of an image.
  void forget(const std::string& reference);

  /// All containers, oldest first. References stay valid until removal.
  std::list<fake_container>& containers() {
    return containers_;
  }

  /// By number, id or name; nullptr if there is none.
  fake_container* find(int number);
  fake_container* find(const std::string& id_or_name);

  /// The one that answers at an address, or nullptr: a published port, or the
  /// alias on the network with the container's port.
  fake_container* find_at(const std::string& host, uint16_t port);

  // -- what the engine does ---------------------------------------------------

  caf::expected<image_info> pull(const std::string& reference);
  caf::expected<image_info> inspect_image(const std::string& reference);
  caf::expected<network_info> ensure_network(const std::string& name);
  caf::expected<std::vector<container_summary>>
  list(const std::map<std::string, std::string>& labels);
  caf::expected<container_created> create(const container_spec& spec);
  caf::expected<done> start(const std::string& id);
  caf::expected<done> stop(const std::string& id);
  caf::expected<done> restart(const std::string& id);
  caf::expected<done> remove(const std::string& id, bool force);
  caf::expected<done> rename(const std::string& id, const std::string& name);
  caf::expected<done>
  set_restart_policy(const std::string& id, const std::string& policy);
  caf::expected<container_info> inspect(const std::string& id);
  caf::expected<port_binding> port(const std::string& id, uint16_t port);
  caf::expected<std::vector<log_line>>
  logs(const std::string& id, int64_t tail);

private:
  struct fake_image {
    image_info info;
    fake_app app;
  };

  const fake_image* find_image(const std::string& wanted) const;

  std::map<std::string, fake_image> registry_;
  std::map<std::string, fake_image> local_;
  std::set<std::string> networks_;
  std::list<fake_container> containers_;
  int last_image_ = 0;
  int last_container_ = 0;
  uint16_t last_port_ = 32'767;
};

} // namespace dw::test
