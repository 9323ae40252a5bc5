#include "actors/deploy_steps.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw::steps {

// -- draining -----------------------------------------------------------------

namespace {

// Counts from the switch, which a soak may have put long ago. However short the
// drain: none of the requests may go to what is stopped.
std::chrono::milliseconds drain_time(const deployment_state& st) {
  using std::chrono::milliseconds;
  if (st.spec.domains.empty())
    return st.spec.drain;
  auto routed
    = std::chrono::duration_cast<milliseconds>(st.now() - st.routed_at);
  auto left = std::max(st.spec.drain, proxy_settle_time) - routed;
  return std::max(left, milliseconds{0});
}

} // namespace

void drain(deployment_state& st) {
  st.commit();
  if (st.work.skip_drain) {
    st.skip_rest();
    return;
  }
  auto time = drain_time(st);
  st.tell(st.before.current->name + " finishes its requests for "
          + std::to_string(time.count() / 1000) + " s");
  st.after(time, [&st] { st.proceed(); });
}

void drain_retired(deployment_state& st) {
  st.after(st.spec.drain, [&st] { st.proceed(); });
}

// -- retiring -----------------------------------------------------------------

namespace {

void retire_next(deployment_state& st);

// The container whose turn it is: those to keep come first.
std::vector<container_summary>& list_in_turn(retirement& plan) {
  return plan.stop.empty() ? plan.remove : plan.stop;
}

void on_done(deployment_state& st) {
  list_in_turn(st.retiring).pop_back();
  st.attempt = 0;
  retire_next(st);
}

// One that cannot be retired does not keep the others.
void on_stuck(deployment_state& st, const caf::error& err) {
  if (!st.committed) {
    st.on_failure(err);
    return;
  }
  if (st.repeat_after(err))
    return;
  const auto& container = list_in_turn(st.retiring).back();
  st.leave_over(describe(container) + " was not retired", err);
  st.not_retired.insert(container.id);
  on_done(st);
}

template <class Request, class Then>
void retire_by(deployment_state& st, Request request, Then then) {
  st.ask_or<done>(
    st.svc.containers, std::move(request), [then](const done&) { then(); },
    [&st](caf::error& err) { on_stuck(st, err); });
}

void on_stopped(deployment_state& st) {
  auto is_kept = !st.retiring.stop.empty();
  list_in_turn(st.retiring).back().state = container_state::exited;
  if (is_kept)
    on_done(st);
  else
    retire_next(st);
}

void stop_in_turn(deployment_state& st) {
  const auto& container = list_in_turn(st.retiring).back();
  st.tell("stopping " + container.name);
  if (is_swarm_id(container.id)) {
    stop_service(
      st, container.id, [&st] { on_stopped(st); },
      [&st](const caf::error& err) { on_stuck(st, err); });
    return;
  }
  stop_container request;
  request.id = container.id;
  request.grace = st.spec.stop_timeout;
  retire_by(st, request, [&st] { on_stopped(st); });
}

bool is_always_restarted(const deployment_state& st,
                         const container_summary& x) {
  auto spec = apply_record(st.spec, label_of(x.labels, label::record));
  return spec && spec->restart_policy == "always";
}

// An engine that starts also starts what "always" is said of, even if it was
// stopped on purpose (docker API, section 12).
void stop_for_good(deployment_state& st) {
  const auto& container = list_in_turn(st.retiring).back();
  if (!is_always_restarted(st, container) || is_swarm_id(container.id)) {
    stop_in_turn(st);
    return;
  }
  set_restart_policy request;
  request.id = container.id;
  request.policy = "no";
  retire_by(st, request, [&st] { stop_in_turn(st); });
}

void remove_in_turn(deployment_state& st) {
  const auto& container = list_in_turn(st.retiring).back();
  st.tell("removing " + container.name);
  if (is_swarm_id(container.id)) {
    remove_service(
      st, container.id, [&st] { on_done(st); },
      [&st](const caf::error& err) { on_stuck(st, err); });
    return;
  }
  remove_container request;
  request.id = container.id;
  request.force = true;
  retire_by(st, request, [&st] { on_done(st); });
}

void retire_next(deployment_state& st) {
  const auto& list = list_in_turn(st.retiring);
  if (list.empty())
    st.proceed();
  else if (!st.retiring.stop.empty())
    stop_for_good(st);
  else if (is_running(list.back()))
    stop_in_turn(st);
  else
    remove_in_turn(st);
}

} // namespace

void retire(deployment_state& st) {
  st.commit();
  using list = std::vector<container_summary>;
  st.ask<list>(st.svc.containers, containers_of(st.spec), [&st](list& xs) {
    st.retiring = plan_retirement(std::move(xs), st.container_id, st.spec.keep);
    auto is_given_up
      = [&st](const auto& x) { return st.not_retired.contains(x.id); };
    std::erase_if(st.retiring.stop, is_given_up);
    std::erase_if(st.retiring.remove, is_given_up);
    retire_next(st);
  });
}

void stop_retired(deployment_state& st) {
  auto old = st.before.retired;
  std::erase_if(old, [](const auto& x) { return !is_running(x); });
  st.retiring = {std::move(old), {}};
  retire_next(st);
}

void remove_containers(deployment_state& st) {
  using list = std::vector<container_summary>;
  st.ask<list>(st.svc.containers, containers_of(st.spec), [&st](list& xs) {
    const auto& only = st.work.not_serving;
    std::erase_if(xs,
                  [&](const auto& x) { return !only.empty() && x.id != only; });
    st.retiring = {{}, std::move(xs)};
    retire_next(st);
  });
}

} // namespace dw::steps
