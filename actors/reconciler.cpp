#include "actors/reconciler.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/npm_api.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

namespace dw {

namespace {

using self_pointer = reconciler_impl::stateful_pointer<reconciler_state>;
using trouble = reconciler_state::trouble;
using time_point = reconciler_state::time_point;
using milliseconds = std::chrono::milliseconds;

constexpr auto list_timeout = milliseconds{15'000};

milliseconds retry_pause(const reconciler_policy& policy, uint32_t before) {
  return std::min(policy.retry * (1 << std::min(before, 16u)),
                  policy.max_retry);
}

// -- telling ------------------------------------------------------------------

void tell(self_pointer self, const drift& what, drift_state state,
          const std::string& reason = {}) {
  auto level
    = state == drift_state::gone ? spdlog::level::info : spdlog::level::warn;
  spdlog::log(level, "{}/{}: {} ({}){}{}", what.project, what.stage, what.text,
              to_string(state), reason.empty() ? "" : ": ", reason);
  for (const auto& x : self->state.listeners)
    self->send(x, drift_event{what, state, reason});
}

bool contains(const std::vector<drift>& xs, const drift& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

// -- when to check ------------------------------------------------------------

void plan_check(self_pointer self, time_point at) {
  auto& st = self->state;
  if (st.is_checking) {
    st.again = std::min(at, st.again.value_or(at));
    return;
  }
  at = std::max(at, st.last_check + st.policy.min_pause);
  if (st.is_planned && st.due <= at)
    return;
  st.is_planned = true;
  st.due = at;
  self->scheduled_send(self, at, check_tick{++st.generation});
}

// Something has happened, which only a check that begins later has seen.
void check_in(self_pointer self, milliseconds delay) {
  plan_check(self, self->clock().now() + delay);
}

bool is_busy(const reconciler_state& st, const stage_key& key) {
  return std::any_of(st.open.begin(), st.open.end(),
                     [&](const auto& x) { return x.second == key; });
}

// When there is something to do although nothing happens.
time_point next_check(const reconciler_state& st, time_point now) {
  if (st.failures > 0)
    return now + retry_pause(st.policy, st.failures - 1);
  auto result = now + st.orders.interval;
  for (const auto& [key, x] : st.troubles)
    if (x.not_before > now && !is_busy(st, key))
      result = std::min(result, x.not_before);
  return result;
}

void end_check(self_pointer self) {
  auto& st = self->state;
  auto now = self->clock().now();
  st.is_checking = false;
  st.last_check = now;
  for (const auto& id : std::exchange(st.ended, {}))
    st.open.erase(id);
  plan_check(self, next_check(st, now));
  if (auto again = std::exchange(st.again, caf::none))
    plan_check(self, *again);
}

void fail_check(self_pointer self, const caf::error& err) {
  spdlog::debug("reconciler: {}", first_line(err));
  ++self->state.failures;
  end_check(self);
}

// -- what to do ---------------------------------------------------------------

void on_not_repaired(self_pointer self, const stage_key& key,
                     const caf::error& why) {
  auto i = self->state.troubles.find(key);
  if (i == self->state.troubles.end())
    return;
  // Whoever works on it may put it right.
  if (code_of(why) != errc::stage_busy)
    for (const auto& x : i->second.found)
      tell(self, x, drift_state::not_repaired, first_line(why));
  plan_check(self, i->second.not_before);
}

// Its report makes for the next check, which sees whether it has helped.
void correct(self_pointer self, const deploy_spec& spec) {
  submit_work work;
  work.action = stage_action::repair;
  work.spec = spec;
  work.asked_by = "self-repair";
  self->request(self->state.worker, caf::infinite, std::move(work))
    .then(
      [self, key = key_of(spec)](const deploy_report& report) {
        if (report.outcome != deploy_outcome::deployed)
          on_not_repaired(self, key, report.error);
      },
      [self, key = key_of(spec)](const caf::error& err) {
        on_not_repaired(self, key, err);
      });
}

void note(self_pointer self, const stage_drift& x) {
  auto& entry = self->state.troubles[key_of(x.spec)];
  if (entry.found == x.found)
    return;
  auto before = std::exchange(entry, trouble{x.found, 0, {}});
  for (const auto& old : before.found)
    if (!contains(x.found, old))
      tell(self, old, drift_state::gone);
  for (const auto& y : x.found)
    if (!contains(before.found, y))
      tell(self, y, drift_state::found);
}

bool may_correct(self_pointer self, const stage_drift& x) {
  if (!x.can_repair || x.spec.drift != drift_policy::repair)
    return false;
  auto& st = self->state;
  auto& entry = st.troubles.at(key_of(x.spec));
  auto now = self->clock().now();
  if (now < entry.not_before)
    return false;
  entry.not_before = now + retry_pause(st.policy, entry.attempts++);
  return true;
}

// -- what there is ------------------------------------------------------------

// The stages to compare now.
std::vector<deploy_spec> stages_at_rest(const reconciler_state& st) {
  std::vector<deploy_spec> result;
  for (const auto& spec : st.orders.stages)
    if (spec.drift != drift_policy::off && !is_busy(st, key_of(spec)))
      result.push_back(spec);
  return result;
}

// Forgets what was found of stages that are as they should be now, or are not
// to be looked after any more. Of those that are busy nothing is known.
void forget_troubles(self_pointer self, const std::vector<stage_drift>& found) {
  auto& st = self->state;
  std::set<stage_key> kept;
  for (const auto& x : found)
    kept.insert(key_of(x.spec));
  for (const auto& spec : st.orders.stages)
    if (spec.drift != drift_policy::off && is_busy(st, key_of(spec)))
      kept.insert(key_of(spec));
  for (auto i = st.troubles.begin(); i != st.troubles.end();) {
    if (kept.contains(i->first)) {
      ++i;
      continue;
    }
    for (const auto& x : i->second.found)
      tell(self, x, drift_state::gone);
    i = st.troubles.erase(i);
  }
}

// What later checks have to know of this one.
void remember(reconciler_state& st, const std::vector<deploy_spec>& checked,
              const std::vector<proxy_host>& hosts) {
  for (const auto& spec : checked)
    for (const auto& host : hosts)
      if (is_host_of(host, spec))
        st.served[key_of(spec)] = npm::read_owner(host)->instance_id;
}

// The engine tells of an end before its lists have it (moby 20.10,
// daemon/monitor.go), and cleans up in between.
bool is_stale(reconciler_state& st,
              const std::vector<container_summary>& containers) {
  std::erase_if(st.dying, [&](const std::string& id) {
    return std::none_of(
      containers.begin(), containers.end(), [&](const container_summary& x) {
        return x.id == id && x.state == container_state::running;
      });
  });
  return !st.dying.empty();
}

void compare(self_pointer self,
             const std::vector<container_summary>& containers,
             const std::vector<proxy_host>& hosts) {
  auto& st = self->state;
  st.failures = 0;
  auto checked = stages_at_rest(st);
  auto found = find_drift(checked, containers, hosts, st.served);
  remember(st, checked, hosts);
  forget_troubles(self, found);
  for (const auto& x : found)
    note(self, x);
  for (const auto& x : found)
    if (may_correct(self, x))
      correct(self, x.spec);
  if (is_stale(st, containers))
    check_in(self, st.policy.after_end);
  end_check(self);
}

void list_hosts(self_pointer self, std::vector<container_summary> containers) {
  auto& st = self->state;
  const auto& stages = st.orders.stages;
  auto has_routes = st.svc.proxy
                    && std::any_of(stages.begin(), stages.end(),
                                   [](auto& x) { return !x.domains.empty(); });
  if (!has_routes) {
    compare(self, containers, {});
    return;
  }
  list_proxy_hosts request;
  request.options.timeout = list_timeout;
  self->request(st.svc.proxy, caf::infinite, request)
    .then(
      [self, containers
             = std::move(containers)](const std::vector<proxy_host>& hosts) {
        compare(self, containers, hosts);
      },
      [self](const caf::error& err) { fail_check(self, err); });
}

void list_managed(self_pointer self) {
  list_containers request;
  request.options.timeout = list_timeout;
  request.labels = {{label::project, ""}, {label::stage, ""}};
  request.services = uses_swarm(self->state.orders.stages);
  self->request(self->state.svc.containers, caf::infinite, request)
    .then(
      [self](std::vector<container_summary>& xs) {
        list_hosts(self, std::move(xs));
      },
      [self](const caf::error& err) { fail_check(self, err); });
}

void list_open_work(self_pointer self) {
  self->request(self->state.supervisor, caf::infinite, list_work{})
    .then(
      [self](const std::vector<deploy_event>& events) {
        self->state.open.clear();
        for (const auto& x : events)
          self->state.open[x.deploy_id] = {x.project, x.stage};
        list_managed(self);
      },
      [self](const caf::error& err) { fail_check(self, err); });
}

// What happens after the lists were read must be heard of. Asked each time, for
// an engine watch that was restarted has forgotten us.
void check(self_pointer self) {
  auto& st = self->state;
  st.is_planned = false;
  st.is_checking = true;
  self
    ->request(st.svc.watch, caf::infinite, engine_listener_actor{self},
              std::string{})
    .then([self](const done&) { list_open_work(self); },
          [self](const caf::error& err) { fail_check(self, err); });
}

// -- what happens -------------------------------------------------------------

void on_report(self_pointer self, const deploy_report& report) {
  auto& st = self->state;
  if (st.is_checking)
    st.ended.push_back(report.deploy_id);
  else
    st.open.erase(report.deploy_id);
  // Its host may be gone before the next check.
  if (report.outcome == deploy_outcome::deployed
      && replaces_instance(report.action))
    st.served[{report.project, report.stage}] = report.instance_id;
  check_in(self, st.policy.soon);
}

void note_end(reconciler_state& st, const engine_event& event) {
  if (event.kind == engine_event_kind::die)
    st.dying.insert(event.container_id);
  else if (event.kind == engine_event_kind::start)
    st.dying.erase(event.container_id);
  else if (event.kind == engine_event_kind::resync)
    st.dying.clear();
}

void on_event(self_pointer self, const engine_event& event) {
  auto& st = self->state;
  note_end(st, event);
  // The report of what is being done to it will make for a check.
  if (is_busy(st, {event.project, event.stage}))
    return;
  switch (event.kind) {
    case engine_event_kind::die:
      check_in(self, st.policy.after_end);
      break;
    case engine_event_kind::resync:
    case engine_event_kind::start:
    case engine_event_kind::destroy:
    case engine_event_kind::pause:
    case engine_event_kind::unpause:
      check_in(self, st.policy.soon);
      break;
    default: // changes nothing about where it is reached
      break;
  }
}

std::vector<drift> all_drift(const reconciler_state& st) {
  std::vector<drift> result;
  for (const auto& [key, x] : st.troubles)
    result.insert(result.end(), x.found.begin(), x.found.end());
  return result;
}

} // namespace

reconciler_impl::behavior_type
reconciler(self_pointer self, services svc,
           const deploy_supervisor_actor& supervisor, worker_actor worker,
           reconciler_policy policy) {
  harden(self);
  auto& st = self->state;
  st.svc = std::move(svc);
  st.supervisor = supervisor;
  st.worker = std::move(worker);
  st.policy = policy;
  self->set_down_handler([self](const caf::down_msg& msg) {
    std::erase_if(self->state.listeners,
                  [&](const auto& x) { return x.address() == msg.source; });
  });
  follow_work(self, supervisor);
  return {
    [self](look_after& x) {
      self->state.orders = std::move(x);
      check_in(self, milliseconds{0});
    },
    [self](const list_drift&) { return all_drift(self->state); },
    [self](const drift_listener_actor& listener) {
      self->monitor(listener);
      self->state.listeners.push_back(listener);
      return done{};
    },
    // -- what happens ---------------------------------------------------------
    [self](const engine_event& event) { on_event(self, event); },
    [self](const deploy_event& event) {
      self->state.open[event.deploy_id] = {event.project, event.stage};
    },
    [self](const deploy_report& report) { on_report(self, report); },
    [self](const check_tick& tick) {
      if (tick.generation == self->state.generation)
        check(self);
    },
  };
}

} // namespace dw
