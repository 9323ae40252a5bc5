#pragma once

#include "messages/service.hpp"
#include "tests/support/fake_engine.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <list>
#include <map>
#include <string>
#include <vector>

namespace dw::test {

/// A task of a fake service. It starts, and is what it will be the next time
/// that somebody looks.
struct fake_task {
  service_task info;
  /// How often somebody has looked.
  int looks = 0;
};

/// A service of the fake swarm.
struct fake_service {
  /// Counts up from 1; the id is made from it.
  int number = 0;
  service_info info;
  service_spec spec;
  caf::optional<service_spec> previous;
  std::vector<fake_task> tasks;
};

/// A Docker Swarm of one node in memory: its tasks are containers of a fake
/// engine.
class fake_swarm {
public:
  explicit fake_swarm(fake_engine& engine) : engine_{engine} {
    // nop
  }

  // -- for the test to set up and to look at ----------------------------------

  bool is_manager = true;
  /// Tasks stay in the state `pending`, for this reason, unless it is empty.
  std::string no_node;

  std::list<fake_service>& services() {
    return services_;
  }

  /// By id or name; nullptr if there is none.
  fake_service* find(const std::string& id_or_name);

  /// Ends the tasks that run by themselves.
  void crash(const std::string& id_or_name);

  // -- what the swarm does ----------------------------------------------------

  caf::expected<swarm_info> inspect_swarm() const;
  caf::expected<service_created> create(const service_spec& spec);
  caf::expected<done> update(const std::string& id, const service_spec& spec);
  caf::expected<done> scale(const std::string& id, uint32_t replicas);
  caf::expected<done>
  roll_back(const std::string& id, const std::string& instance_id);
  caf::expected<service_info> inspect(const std::string& id);
  caf::expected<std::vector<service_info>>
  list(const std::map<std::string, std::string>& labels);
  caf::expected<done> remove(const std::string& id);
  caf::expected<std::vector<service_task>> tasks(const std::string& id);

private:
  void start_task(fake_service& x);
  void end_task(fake_task& x, task_state state, task_state desired);
  void stop_container(const std::string& id);
  void look_at(fake_task& x);
  void advance_update(fake_service& x);
  void make_of(fake_service& x, service_spec spec);

  fake_engine& engine_;
  std::list<fake_service> services_;
  int last_service_ = 0;
  int last_task_ = 0;
};

} // namespace dw::test
