#include "actors/deploy_steps.hpp"

#include <algorithm>

namespace dw::steps {

// -- draining -----------------------------------------------------------------

namespace {

bool is_running(const container_summary& x) {
  return x.state == container_state::running;
}

} // namespace

void drain(deployment_state& st) {
  const auto& old = st.before.current;
  if (!old || !is_running(*old)) {
    st.proceed();
    return;
  }
  if (st.work.skip_drain) {
    st.skip_rest();
    return;
  }
  st.tell(old->name + " finishes its requests for "
          + std::to_string(st.spec.drain.count() / 1000) + " s");
  st.after(st.spec.drain, [&st] { st.proceed(); });
}

void drain_retired(deployment_state& st) {
  const auto& old = st.before.retired;
  if (std::none_of(old.begin(), old.end(), is_running))
    st.proceed();
  else
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
  st.leave_over("container " + container.name + " was not retired", err);
  st.not_retired.insert(container.id);
  on_done(st);
}

template <class Request, class Then>
void retire_by(deployment_state& st, Request request, Then then) {
  st.ask_or<done>(
    st.svc.containers, std::move(request), [then](const done&) { then(); },
    [&st](caf::error& err) { on_stuck(st, err); });
}

void retire_next(deployment_state& st) {
  auto& list = list_in_turn(st.retiring);
  if (list.empty()) {
    st.proceed();
    return;
  }
  const auto& container = list.back();
  auto is_kept = !st.retiring.stop.empty();
  if (is_kept || is_running(container)) {
    st.tell("stopping " + container.name);
    stop_container request;
    request.id = container.id;
    request.grace = st.spec.stop_timeout;
    retire_by(st, request, [&st, is_kept] {
      list_in_turn(st.retiring).back().state = container_state::exited;
      if (is_kept)
        on_done(st);
      else
        retire_next(st);
    });
    return;
  }
  st.tell("removing " + container.name);
  remove_container request;
  request.id = container.id;
  request.force = true;
  retire_by(st, request, [&st] { on_done(st); });
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

void remove_containers(deployment_state& st) {
  using list = std::vector<container_summary>;
  st.ask<list>(st.svc.containers, containers_of(st.spec), [&st](list& xs) {
    st.retiring = {{}, std::move(xs)};
    retire_next(st);
  });
}

} // namespace dw::steps
