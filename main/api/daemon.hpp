#pragma once

#include "actors/notifier.hpp"
#include "main/api/access.hpp"
#include "main/api/auto_deployer.hpp"
#include "main/api/call.hpp"
#include "main/api/event_streams.hpp"
#include "main/api/metrics.hpp"
#include "main/api/work_directory.hpp"
#include "main/api/work_tracker.hpp"
#include "main/configuration.hpp"
#include "main/session.hpp"

#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dw::api {

/// What `docker-watcher serve` serves: decides who may do what, and hands each
/// request to its route.
class daemon {
public:
  /// @param running Outlives this.
  daemon(session& running, std::shared_ptr<const configuration> config,
         token_store tokens, std::shared_ptr<metrics> counters);

  /// Waits for the questions that are being answered.
  ~daemon();

  daemon(const daemon&) = delete;
  daemon& operator=(const daemon&) = delete;

  /// Ends what would go on for as long as its clients like. What comes later is
  /// answered with 500.
  void end_actors();

  /// Takes a request. For the thread of the HTTP server alone.
  void serve(server_request request, responder out);

  session& running() const noexcept {
    return running_;
  }

  /// The configuration of this moment. From any thread.
  std::shared_ptr<const configuration> config() const noexcept {
    return config_.load();
  }

  /// From now on stages, webhooks and notifications are as `x` says. From any
  /// thread.
  void set_config(std::shared_ptr<const configuration> x);

  /// Has stages repaired, as the configuration says, from now on: to be called
  /// when the work of a former process is queued.
  void look_after_stages();

  const metrics& counters() const noexcept {
    return *counters_;
  }

  /// Refuses new work from now on, and has none of its own. From any thread.
  void stop_accepting();

  bool accepts() const noexcept {
    return accepts_;
  }

  /// Waits until others have been told of all that has ended, for at most
  /// `patience`.
  void finish_notifications(std::chrono::milliseconds patience);

  const auto_deployer_actor& deployer() const noexcept {
    return deployer_;
  }

  const work_tracker_actor& tracker() const noexcept {
    return tracker_;
  }

  const work_directory_actor& directory() const noexcept {
    return directory_;
  }

  const event_streams_actor& streams() const noexcept {
    return streams_;
  }

  const reconciler_actor& drift_watch() const noexcept {
    return drift_watch_;
  }

  /// Counts a login that has failed, on the server's thread.
  void charge_failed_login(const std::string& client);

  /// Has a question answered that takes other servers' time, on a thread that
  /// may wait. Answers 503 itself if too many are being answered.
  void post(call x, std::function<void(const call&)> job);

  /// The same for a question whose answer is JSON.
  void
  look_up(call x,
          std::function<caf::expected<std::string>(const call&)> find_answer);

private:
  class reader_pool;

  /// Spawns an actor that ends with us.
  template <class F, class... Ts>
  auto spawn(F actor, Ts&&... args) {
    auto result = running_.system().spawn(actor, std::forward<Ts>(args)...);
    spawned_.push_back(caf::actor_cast<caf::actor>(result));
    return result;
  }

  /// Has the actors work by the configuration of this moment.
  void apply_automation();

  session& running_;
  std::atomic<std::shared_ptr<const configuration>> config_;
  std::shared_ptr<metrics> counters_;
  std::atomic<bool> accepts_{true};
  token_store tokens_;
  rate_limiter limiter_;
  /// All that follow, in the order in which they ask each other.
  std::vector<caf::actor> spawned_;
  work_tracker_actor tracker_;
  work_directory_actor directory_;
  event_streams_actor streams_;
  auto_deployer_actor deployer_;
  notifier_actor notifier_;
  reconciler_actor drift_watch_;
  std::unique_ptr<reader_pool> readers_;
};

} // namespace dw::api
