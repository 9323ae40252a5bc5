#pragma once

#include "messages/error.hpp"
#include "messages/export.hpp"
#include "messages/service.hpp"

#include <caf/error.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// Decides whether a service of a swarm may get requests, by what the swarm
/// says of its tasks: one runs once its health check has passed. Pure: it is
/// told what was seen and when, and says what follows.
///
/// A service of its own fails with the first task that ends, for the swarm
/// would start another one for ever. With an update the swarm decides; what
/// counts is that it has completed this update, and not an earlier one.
///
/// After that it can be told to watch how the service bears its requests.
class service_gate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class verdict { wait, pass, fail };

  struct settings {
    /// Of the service, for errors.
    std::string name;
    /// Only the tasks of this one count.
    std::string instance_id;
    uint32_t replicas = 1;
    /// How long it may take.
    std::chrono::milliseconds limit{120'000};
    /// Tasks that were there before it was started.
    std::set<std::string> former;
    bool is_update = false;
  };

  service_gate(settings x, time_point now);

  /// From now on the service, which has passed, fails if a task ends within
  /// `time`, and passes again if none does.
  void begin_soak(std::chrono::milliseconds time, time_point now);

  /// Takes what the swarm says of an update; to be told before the tasks.
  void on_service(const service_info& info);

  /// Takes what the swarm says of the tasks.
  verdict on_tasks(const std::vector<service_task>& tasks, time_point now);

  /// Takes why the swarm said nothing, which is no verdict on the service.
  verdict on_unseen(const caf::error& reason, time_point now);

  bool is_update() const noexcept {
    return settings_.is_update;
  }

  /// The task that ended, if one did.
  const caf::optional<service_task>& ended() const noexcept {
    return ended_;
  }

  /// Why it failed.
  const caf::error& error() const noexcept {
    return error_;
  }

private:
  bool is_ours(const service_task& x) const;
  verdict judge_update(uint32_t running, time_point now);
  verdict on_time(time_point now);
  verdict fail(errc code, std::string reply, std::string hint);

  settings settings_;
  time_point began_;
  /// While it soaks: when that ends.
  caf::optional<time_point> soak_until_;
  update_state update_ = update_state::none;
  std::string update_message_;
  /// Whether the service is made of our spec.
  bool is_current_ = true;
  caf::optional<service_task> ended_;
  /// What the swarm said last of a task that does not run yet, or why it said
  /// nothing.
  std::string waits_for_;
  caf::error error_;
};

} // namespace dw
