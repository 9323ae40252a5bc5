#pragma once

#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace dw::api {

/// What Prometheus is told, and the only file that knows its library. All
/// functions may be called from any thread.
class metrics {
public:
  metrics();
  ~metrics();

  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// All of it, in Prometheus' text format (version 0.0.4).
  std::string text() const;

  void count_deploy(const deploy_report& report);
  void count_retry(deploy_phase phase);
  void observe_step(deploy_phase phase, std::chrono::milliseconds duration);
  void observe_event_lag(std::chrono::nanoseconds lag);
  void set_open(size_t queued, size_t in_flight);

  /// See `exchange_counter`. Peers are told apart as engine, npm and others:
  /// there would be no end of names otherwise.
  void count_exchange(const std::string& peer, int status, errc reason);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Counts what deploys and the engine tell.
using metrics_collector_actor
  = deploy_listener_actor::extend_with<engine_listener_actor>;

/// Its state.
struct metrics_collector_state {
  struct open_deploy {
    deploy_phase phase = deploy_phase::queued;
    /// When it began, since the deploy was submitted.
    std::chrono::milliseconds since{0};
  };

  static inline const char* name = "metrics-collector";

  // Not an aggregate: CAF would initialize the first member with the actor.
  metrics_collector_state() = default;

  std::shared_ptr<metrics> to;
  /// Those that have not ended, by id.
  std::map<std::string, open_deploy> open;
};

/// Follows all work and all events of the engine.
metrics_collector_actor::behavior_type metrics_collector(
  metrics_collector_actor::stateful_pointer<metrics_collector_state> self,
  std::shared_ptr<metrics> to, const deploy_supervisor_actor& supervisor,
  const engine_watch_actor& watch);

} // namespace dw::api
