#include "actors/service_gate.hpp"

#include "actors/stage_record.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw {

namespace {

constexpr auto raise_timeout
  = "If it only needs longer, raise health.timeout of this stage.";

// By itself: what the swarm ends on purpose is shut down or removed.
bool has_ended(const service_task& x) {
  return x.state == task_state::complete || x.state == task_state::failed
         || x.state == task_state::rejected || x.state == task_state::orphaned;
}

bool runs(const service_task& x) {
  return x.state == task_state::running && x.desired == task_state::running;
}

std::string describe(const service_task& x) {
  auto result = "task " + x.id.substr(0, 12) + " is " + to_string(x.state);
  return x.error.empty() ? result : result + ": " + x.error;
}

} // namespace

service_gate::service_gate(settings x, time_point now)
  : settings_{std::move(x)}, began_{now} {
  // nop
}

void service_gate::begin_soak(std::chrono::milliseconds time, time_point now) {
  soak_until_ = now + time;
}

void service_gate::on_service(const service_info& info) {
  update_ = info.update;
  update_message_ = info.update_message;
  is_current_
    = label_of(info.spec.labels, label::instance_id) == settings_.instance_id;
}

bool service_gate::is_ours(const service_task& x) const {
  return x.instance_id == settings_.instance_id
         && !settings_.former.contains(x.id);
}

service_gate::verdict
service_gate::on_tasks(const std::vector<service_task>& tasks, time_point now) {
  uint32_t running = 0;
  waits_for_ = "it has no task";
  for (const auto& x : tasks) {
    if (!is_ours(x))
      continue;
    if (has_ended(x))
      ended_ = x;
    else if (runs(x))
      ++running;
    else if (x.desired <= task_state::running)
      waits_for_ = describe(x);
  }
  if (settings_.is_update)
    return judge_update(running, now);
  if (ended_)
    return fail(errc::container_failed, describe(*ended_),
                "Look at its log, and at its health check.");
  if (soak_until_)
    return now >= *soak_until_ ? verdict::pass : verdict::wait;
  return running >= settings_.replicas ? verdict::pass : on_time(now);
}

// The state of an update is forgotten when the next one is taken on, so that
// "completed" is of the one that made the service what it is.
service_gate::verdict
service_gate::judge_update(uint32_t running, time_point now) {
  auto why = update_message_.empty() ? std::string{} : ": " + update_message_;
  if (ended_)
    why += "; " + describe(*ended_);
  switch (update_) {
    case update_state::rollback_started:
    case update_state::rollback_paused:
    case update_state::rollback_completed:
      return fail(errc::container_failed, "the swarm rolls it back" + why,
                  "Look at its log, and at its health check.");
    case update_state::paused:
      return fail(errc::container_failed, "the swarm has paused it" + why, "");
    default:
      break;
  }
  if (!is_current_)
    return fail(errc::conflict, "somebody else has changed it meanwhile",
                "Deploy it again.");
  if (update_ == update_state::completed && running >= settings_.replicas)
    return verdict::pass;
  return on_time(now);
}

service_gate::verdict
service_gate::on_unseen(const caf::error& reason, time_point now) {
  waits_for_ = "the swarm does not say how it is: " + first_line(reason);
  return soak_until_ ? verdict::wait : on_time(now);
}

service_gate::verdict service_gate::on_time(time_point now) {
  if (now - began_ < settings_.limit)
    return verdict::wait;
  return fail(errc::unhealthy,
              "not healthy after "
                + std::to_string(settings_.limit.count() / 1000) + " s; "
                + waits_for_,
              raise_timeout);
}

service_gate::verdict
service_gate::fail(errc code, std::string reply, std::string hint) {
  error_
    = make_failure(code, {.operation = settings_.is_update ? "update service"
                                                           : "start service",
                          .object = settings_.name,
                          .peer = "Docker Engine",
                          .reply = std::move(reply),
                          .hint = std::move(hint)});
  return verdict::fail;
}

} // namespace dw
