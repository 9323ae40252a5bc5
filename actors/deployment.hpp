#pragma once

#include "actors/health_gate.hpp"
#include "actors/retry_policy.hpp"
#include "actors/service_gate.hpp"
#include "actors/services.hpp"
#include "actors/stage_state.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace DW_EXPORT dw {

/// A DEPLOYMENT: one piece of work on one stage, from beginning to end. Spawned
/// for it, begins by itself, tells its events and at last its report to whom it
/// was spawned for, and ends. If nobody is left to tell, it cancels itself.
using deployment_actor = caf::typed_actor<
  // Stops the work and undoes it, unless it has succeeded by now.
  caf::reacts_to<cancel>,
  // INTERNAL: from the engine watch, the image puller and itself.
  caf::reacts_to<engine_event>, caf::reacts_to<pull_progress>,
  caf::reacts_to<deploy_tick>>;

/// Whom a DEPLOYMENT works for.
using deploy_client_actor = caf::typed_actor<caf::reacts_to<deploy_event>,
                                             caf::reacts_to<deploy_report>>;

struct deployment_state;

/// A step of a deployment. It may be run again from its beginning after a
/// transient failure, and so begins by reading what is there wherever a former
/// attempt may have done something.
struct deploy_step {
  deploy_phase phase;
  /// Ends by `proceed()`, or by a request that fails.
  void (*run)(deployment_state&);
  /// For each request of the step; bounded by the time that the deploy has
  /// left.
  std::chrono::milliseconds deadline;
  /// May be broken off in the middle. Other steps are let finish first, because
  /// the engine and the proxy finish them in any case.
  bool interruptible = false;
  /// Whether there is something to do; null for always. Otherwise the step is
  /// left out, and nobody is told of it.
  bool (*is_needed)(const deployment_state&) = nullptr;
};

/// The state of a DEPLOYMENT: the machine that runs steps, repeats what failed
/// in passing, and undoes what was done if it cannot go on.
struct deployment_state {
  using self_pointer = deployment_actor::stateful_pointer<deployment_state>;

  /// What undoes a part of the work.
  struct undo_entry {
    /// For the report, if it cannot be undone: "container X was not removed".
    /// Empty for what cannot fail.
    std::string leftover;
    void (*run)(deployment_state&);
  };

  static inline const char* name = "deployment";

  explicit deployment_state(self_pointer ptr) : self{ptr} {
    // nop
  }

  // -- the machine ------------------------------------------------------------

  /// Runs the next step, or ends successfully after the last.
  void proceed();

  /// Undoes the next entry, or ends after the last.
  void undo_next();

  /// Ends the forward way and begins to undo.
  void fail(caf::error reason);

  /// Registers what undoes a step; to be called before the step's first
  /// request, for it may succeed without our hearing of it. Registers once,
  /// however often the step is repeated.
  void on_undo(std::string leftover, void (*run)(deployment_state&));

  /// Tells the client that something is worth saying.
  void tell(std::string text, bool retrying = false);

  /// Runs `f` later, unless the step has ended by then.
  void after(std::chrono::milliseconds delay, std::function<void()> f);

  /// From here on the deploy has succeeded: failures are leftovers.
  void commit() noexcept {
    committed = true;
  }

  /// Asks a service. When it answers, `then(T&)` is called; when it fails, the
  /// step is repeated or given up. Answers that come after the step has ended
  /// are ignored.
  /// @param request Has a member `options` of type `call`.
  template <class T, class Handle, class Request, class Then, class... Extra>
  void
  ask(const Handle& whom, Request request, Then then, const Extra&... extra) {
    ask_or<T>(
      whom, std::move(request), std::move(then),
      [this](caf::error& err) { on_failure(err); }, extra...);
  }

  /// The same with a failure that the step deals with by itself.
  template <class T, class Handle, class Request, class Then, class Else,
            class... Extra>
  void ask_or(const Handle& whom, Request request, Then then, Else otherwise,
              const Extra&... extra) {
    auto limit = time_left();
    // How long a container takes to stop is its own affair.
    if constexpr (requires { request.grace; })
      limit += request.grace;
    auto ticket = open_call(whom, limit, otherwise);
    request.options.timeout = limit;
    request.options.ticket = ticket;
    self->request(whom, caf::infinite, std::move(request), extra...)
      .then(
        [this, ticket, then](T& result) {
          if (close_call(ticket))
            then(result);
        },
        [this, ticket, otherwise](caf::error& err) {
          if (close_call(ticket))
            otherwise(err);
        });
  }

  /// Makes an HTTP exchange of the step's own, a probe, whose failure the step
  /// deals with by itself.
  void
  exchange(http_request request, std::function<void(const http_response&)> then,
           std::function<void(const caf::error&)> otherwise);

  /// Has `on_event` told what happens to a container. Where that fails, looking
  /// now and then must do.
  void subscribe(const std::string& id);

  /// Ends successfully, leaving the remaining steps to others.
  void skip_rest();

  std::chrono::steady_clock::time_point now() const;

  /// A step or an undoing failed: repeats it after a pause, or gives it up.
  void on_failure(const caf::error& err);

  /// Repeats the step after a pause if what failed may pass. @returns whether
  /// it does, else the step is to be given up.
  bool repeat_after(const caf::error& err);

  /// Notes for the report what stays behind, and why.
  void leave_over(const std::string& what, const caf::error& why);

  /// The time that a request of this step may take.
  std::chrono::milliseconds time_left() const;

  void on_cancel();
  void on_progress(const pull_progress& progress);
  void on_tick(const deploy_tick& tick);

  // -- internal to the machine ------------------------------------------------

  /// A request of the current attempt that is not answered yet.
  struct open_request {
    cancellable_actor whom;
    /// When it is given up.
    std::chrono::steady_clock::time_point until;
    std::function<void(caf::error&)> give_up;
  };

  /// @returns the ticket of a request that is about to be made.
  uint64_t open_call(cancellable_actor whom, std::chrono::milliseconds limit,
                     std::function<void(caf::error&)> give_up);

  /// @returns whether the answer is still wanted.
  bool close_call(uint64_t ticket);

  /// Ends the work when its time is up, and gives up the requests that nobody
  /// has answered in time. One timer for all: one of CAF wakes up the thread of
  /// its clock twice.
  void on_watch();

  /// Has `on_watch` called when there may be something to do.
  void watch();

  /// When the work's time is up.
  std::chrono::steady_clock::time_point end() const;

  caf::error out_of_time() const;

  /// Makes all that is under way stale.
  void forget_attempt();

  deploy_event make_event(std::string text);

  /// Goes on when the journal has it that the current phase begins.
  void record_phase(void (*then)(deployment_state&));

  void run_current();
  void abort(caf::error reason);
  void break_off();
  void leave_old_running();
  void finish(deploy_outcome outcome);

  /// How much longer than a request's own deadline its answer is waited for.
  /// Services keep the deadline and always answer, so this is for one that has
  /// a bug.
  static constexpr auto patience = std::chrono::milliseconds{15'000};

  /// The tick that means something else than the timer of that number.
  static constexpr auto watch_tick = ~uint64_t{0};

  self_pointer self;
  services svc;
  deploy_client_actor client;
  std::string deploy_id;
  submit_work work;
  retry_policy retries;
  std::minstd_rand jitter;

  std::span<const deploy_step> steps;
  size_t next_step = 0;
  deploy_phase phase = deploy_phase::queued;
  std::vector<undo_entry> undo;
  bool undoing = false;
  bool committed = false;
  /// Why the work is to end, while the current step is let finish.
  caf::error aborting;
  caf::error error;
  deploy_phase failed_phase = deploy_phase::queued;
  std::vector<std::string> leftovers;
  /// Grows with each attempt at each step; answers to former ones are stale.
  uint64_t generation = 0;
  uint32_t attempt = 0;
  uint64_t sequence = 0;
  uint64_t last_ticket = 0;
  uint64_t last_timer = 0;
  std::map<uint64_t, open_request> outstanding;
  std::map<uint64_t, std::pair<uint64_t, std::function<void()>>> timers;
  std::chrono::steady_clock::time_point began;
  std::chrono::steady_clock::time_point undo_began;

  // -- what the steps know ----------------------------------------------------

  /// What is deployed: the submitted spec, or the one rolled back to.
  deploy_spec spec;
  /// An image id to deploy instead of a reference; empty without a rollback.
  std::string pinned_image;
  image_info image;
  /// It was gone when the container was to be created.
  bool has_lost_image = false;
  uint16_t port = 0;
  std::string network_id;
  stage_state before;
  std::string container_name;
  std::string container_id;
  std::string instance_id;
  /// The container that gave up its name, and the name it has now.
  std::string replaced_id;
  std::string replaced_as;
  std::vector<health_gate> gate;
  /// With a swarm: the engine's node, the service that is updated in place, the
  /// tasks that an old service had before it was started again, and the
  /// container of the task that ended.
  std::string node_id;
  std::string updated_id;
  std::set<std::string> former_tasks;
  std::string ended_container;
  std::vector<service_gate> tasks_gate;
  /// Where the container's port is published, as far as the gate has seen it.
  caf::optional<port_binding> binding;
  bool probing = false;
  /// Whether the engine is being asked, is to be asked again then because of an
  /// event, and will be asked in a while.
  bool looking = false;
  bool look_again = false;
  bool look_planned = false;
  std::chrono::steady_clock::time_point routed_at;
  /// Whether the route may lead to the new instance: it was set, or nobody
  /// knows whether it was. If it cannot be put back, the new instance has to
  /// stay.
  bool may_be_routed = false;
  bool keeps_new = false;
  size_t domains_verified = 0;
  /// Containers that have yet to be retired, and those given up.
  retirement retiring;
  std::set<std::string> not_retired;
  /// Set while the step wants events and progress.
  std::function<void(const engine_event&)> on_event;
};

/// Does one piece of work.
/// @param svc The actors to do it with.
/// @param client Is told events and the report.
/// @param deploy_id Names the work in both.
/// @param retries For each step.
/// @param seed For the jitter of the pauses.
deployment_actor::behavior_type
deployment(deployment_actor::stateful_pointer<deployment_state> self,
           services svc, deploy_client_actor client, std::string deploy_id,
           submit_work work, retry_policy retries, uint32_t seed);

} // namespace dw
