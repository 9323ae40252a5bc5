#include "actors/health_gate.hpp"

#include "transports/text.hpp"

#include <algorithm>

namespace dw {

using namespace std::chrono_literals;

namespace {

constexpr auto default_limit = std::chrono::milliseconds{120'000};
constexpr auto default_interval = std::chrono::milliseconds{1'000};
// As the engine's own checks.
constexpr int soak_retries = 3;

// The engine's defaults for what a health check leaves open.
constexpr auto engine_interval = std::chrono::nanoseconds{30s};
constexpr auto engine_timeout = std::chrono::nanoseconds{30s};
constexpr int64_t engine_retries = 3;

std::chrono::nanoseconds
or_default(std::chrono::nanoseconds x, std::chrono::nanoseconds fallback) {
  return x.count() > 0 ? x : fallback;
}

// How long the engine may take to call a container unhealthy, and some more.
std::chrono::milliseconds time_to_fail(const health_check& x) {
  auto retries = x.retries > 0 ? x.retries : engine_retries;
  auto cycle = or_default(x.interval, engine_interval)
               + or_default(x.timeout, engine_timeout);
  auto total = x.start_period + cycle * retries;
  return std::chrono::duration_cast<std::chrono::milliseconds>(total) + 10s;
}

std::string describe_state(const container_info& info) {
  switch (info.state) {
    case container_state::running: // so that its exit code is forgotten
      return "it ended and was restarted";
    case container_state::restarting:
    case container_state::exited:
    case container_state::dead:
      return "it ended with exit code " + std::to_string(info.exit_code);
    default:
      return "it is " + to_string(info.state);
  }
}

std::string describe_end(const container_info& info) {
  auto result = describe_state(info);
  if (info.restart_count > 1)
    result += ", " + std::to_string(info.restart_count) + " times by now";
  if (info.oom_killed)
    result += ", killed because it ran out of memory";
  if (!info.start_error.empty())
    result += ": " + info.start_error;
  return result;
}

} // namespace

std::chrono::milliseconds
health_limit(const health_spec& spec,
             const caf::optional<health_check>& check) {
  if (spec.timeout.count() > 0)
    return spec.timeout;
  return check ? std::max(default_limit, time_to_fail(*check)) : default_limit;
}

health_gate::health_gate(std::string name, health_spec spec, bool is_http,
                         time_point now)
  : name_{std::move(name)}, spec_{std::move(spec)}, is_http_{is_http}, started_{
                                                                         now} {
  // nop
}

health_gate::verdict
health_gate::fail(errc code, std::string reply, std::string hint) {
  error_ = make_failure(code, {.operation = "bring up",
                               .object = name_,
                               .reply = std::move(reply),
                               .hint = std::move(hint)});
  return verdict::fail;
}

void health_gate::begin_soak(std::chrono::milliseconds time, time_point now) {
  soak_until_ = now + time;
  failed_probes_ = 0;
}

health_gate::verdict
health_gate::on_info(const container_info& info, time_point now) {
  if (info.state != container_state::running || info.restart_count > 0) {
    auto hint = info.oom_killed ? "Raise resources.memory of this stage."
                                : "Look at its last log lines.";
    return fail(errc::container_failed, describe_end(info), hint);
  }
  seen_running_ = true;
  unseen_.clear();
  check_ = info.healthcheck;
  health_ = info.health;
  health_output_ = clean_text(info.health_output);
  if (health_ == health_status::unhealthy)
    return fail(errc::unhealthy,
                "its health check failed " + std::to_string(info.failing_streak)
                  + " times: " + health_output_,
                "Run the check's command inside the container to see why.");
  if (soak_until_)
    return judge_soak(info, now);
  start_ = info.started;
  return judge(now);
}

// An engine that is restarted starts its containers anew, on other ports.
health_gate::verdict
health_gate::judge_soak(const container_info& info, time_point now) {
  if (info.started != start_)
    return fail(errc::container_failed, "it was started anew",
                "Look at its last log lines.");
  return now < *soak_until_ ? verdict::wait : verdict::pass;
}

health_gate::verdict
health_gate::on_unseen(const caf::error& reason, time_point now) {
  unseen_ = failure_of(reason).reply;
  return on_time(now);
}

health_gate::verdict health_gate::on_probe(int status, time_point now) {
  probe_text_ = "HTTP status " + std::to_string(status);
  // Without a path any answer is a sign of life.
  return count_probe(spec_.path.empty() || (status >= 200 && status < 300),
                     now);
}

health_gate::verdict
health_gate::on_probe_failed(const caf::error& reason, time_point now) {
  probe_text_ = failure_of(reason).reply;
  return count_probe(false, now);
}

health_gate::verdict health_gate::count_probe(bool passed, time_point now) {
  probe_passed_ = passed;
  if (!soak_until_)
    return judge(now);
  failed_probes_ = passed ? 0 : failed_probes_ + 1;
  if (failed_probes_ < soak_retries)
    return verdict::wait;
  return fail(errc::unhealthy,
              "GET " + spec_.path + " failed " + std::to_string(soak_retries)
                + " times: " + probe_text_,
              "Look at its last log lines.");
}

bool health_gate::wants_probe() const noexcept {
  if (soak_until_)
    return is_http_ && !spec_.path.empty();
  if (!is_http_ || probe_passed_ || !seen_running_)
    return false;
  return check_ ? health_ == health_status::healthy && !spec_.path.empty()
                : true;
}

std::chrono::milliseconds health_gate::interval(time_point now) const noexcept {
  auto usual = spec_.interval.count() > 0
                 ? std::min(spec_.interval, default_interval)
                 : default_interval;
  // The last look is at the end of the soak.
  if (!soak_until_ || *soak_until_ <= now)
    return usual;
  return std::min(
    usual, std::chrono::ceil<std::chrono::milliseconds>(*soak_until_ - now));
}

std::chrono::milliseconds health_gate::limit() const noexcept {
  return health_limit(spec_, check_);
}

bool health_gate::needs_probe() const noexcept {
  return is_http_ && (!check_ || !spec_.path.empty());
}

health_gate::verdict health_gate::judge(time_point now) {
  auto needs_time = !check_ && spec_.path.empty();
  if (seen_running_ && (!check_ || health_ == health_status::healthy)
      && (!needs_probe() || probe_passed_)
      && (!needs_time || now - started_ >= spec_.stable))
    return verdict::pass;
  return on_time(now);
}

health_gate::verdict health_gate::on_time(time_point now) {
  if (soak_until_ || now - started_ < limit())
    return verdict::wait;
  std::string reply
    = "not healthy after " + std::to_string(limit().count() / 1000) + " s";
  if (!unseen_.empty())
    return fail(errc::unhealthy,
                reply + "; the engine does not say how it is: " + unseen_,
                "Make sure that the Docker Engine runs, and deploy again.");
  if (!seen_running_)
    reply += "; the engine did not say how it is";
  else if (check_ && health_ != health_status::healthy)
    reply += "; its health check says " + to_string(health_)
             + (health_output_.empty() ? "" : ": " + health_output_);
  else if (needs_probe() && !probe_passed_)
    reply += "; GET " + (spec_.path.empty() ? "/" : spec_.path) + ": "
             + probe_text_;
  return fail(errc::unhealthy, std::move(reply),
              "If it only needs longer, raise health.timeout of this stage.");
}

} // namespace dw
