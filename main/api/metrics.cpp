#include "main/api/metrics.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "main/version.hpp"
#include "messages/error.hpp"
#include "transports/docker_request.hpp"
#include "transports/npm_request.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace dw::api {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
template <class T>
using family = prometheus::Family<T>;

using seconds = std::chrono::duration<double>;

// A step takes from milliseconds to as long as a large pull.
const Histogram::BucketBoundaries step_seconds{
  0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900};
const Histogram::BucketBoundaries lag_seconds{
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300};

std::string peer_label(const std::string& peer) {
  if (peer.starts_with(docker::engine_peer))
    return "engine";
  return peer == npm::peer_name ? "npm" : "other";
}

} // namespace

struct metrics::impl {
  prometheus::Registry registry;

  family<Counter>& deploys
    = BuildCounter()
        .Name("docker_watcher_deploys_total")
        .Help("Deploys and other work on stages that have ended, by action.")
        .Register(registry);
  family<Histogram>& steps = BuildHistogram()
                               .Name("docker_watcher_step_duration_seconds")
                               .Help("How long the steps of deploys took.")
                               .Register(registry);
  family<Counter>& retries
    = BuildCounter()
        .Name("docker_watcher_retries_total")
        .Help("Steps of deploys that failed and were repeated.")
        .Register(registry);
  Gauge& queued = add_gauge("docker_watcher_deploys_queued",
                            "Deploys that wait for their turn.");
  Gauge& in_flight
    = add_gauge("docker_watcher_deploys_in_flight", "Deploys that run.");
  family<Counter>& exchanges
    = BuildCounter()
        .Name("docker_watcher_http_exchanges_total")
        .Help("HTTP exchanges by who was asked and how it ended.")
        .Register(registry);
  Histogram& event_lag
    = BuildHistogram()
        .Name("docker_watcher_engine_event_lag_seconds")
        .Help("From an engine's event, by its clock, until it was known here.")
        .Register(registry)
        .Add({}, lag_seconds);

  impl() {
    BuildGauge()
      .Name("docker_watcher_build_info")
      .Help("Always 1; the label says which version runs.")
      .Register(registry)
      .Add({{"version", std::string{version}}})
      .Set(1);
  }

  Gauge& add_gauge(const char* name, const char* help) {
    return BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
};

metrics::metrics() : impl_{std::make_unique<impl>()} {
  // nop
}

metrics::~metrics() = default;

std::string metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(impl_->registry.Collect());
}

void metrics::count_deploy(const deploy_report& report) {
  impl_->deploys
    .Add({{"project", report.project},
          {"stage", report.stage},
          {"action", to_string(report.action)},
          {"outcome", to_string(report.outcome)}})
    .Increment();
}

void metrics::count_retry(deploy_phase phase) {
  impl_->retries.Add({{"step", to_string(phase)}}).Increment();
}

void metrics::observe_step(deploy_phase phase,
                           std::chrono::milliseconds duration) {
  impl_->steps.Add({{"step", to_string(phase)}}, step_seconds)
    .Observe(seconds{duration}.count());
}

void metrics::observe_event_lag(std::chrono::nanoseconds lag) {
  impl_->event_lag.Observe(seconds{lag}.count());
}

void metrics::set_open(size_t queued, size_t in_flight) {
  impl_->queued.Set(static_cast<double>(queued));
  impl_->in_flight.Set(static_cast<double>(in_flight));
}

void metrics::count_exchange(const std::string& peer, int status, errc reason) {
  impl_->exchanges
    .Add({{"peer", peer_label(peer)},
          {"status", status > 0 ? std::to_string(status) : to_string(reason)}})
    .Increment();
}

// -- the collector ------------------------------------------------------------

namespace {

using self_pointer
  = metrics_collector_actor::stateful_pointer<metrics_collector_state>;

void tell_open(self_pointer self) {
  const auto& open = self->state.open;
  auto queued = std::count_if(open.begin(), open.end(), [](const auto& x) {
    return x.second.phase == deploy_phase::queued;
  });
  self->state.to->set_open(static_cast<size_t>(queued),
                           open.size() - static_cast<size_t>(queued));
}

void on_event(self_pointer self, const deploy_event& event) {
  auto& st = self->state;
  auto [i, is_new] = st.open.try_emplace(event.deploy_id);
  if (event.retrying)
    st.to->count_retry(event.phase);
  auto& last = i->second;
  if (!is_new && last.phase == event.phase)
    return;
  if (!is_new)
    st.to->observe_step(last.phase, event.elapsed - last.since);
  last = {event.phase, event.elapsed};
  tell_open(self);
}

void on_report(self_pointer self, const deploy_report& report) {
  self->state.to->count_deploy(report);
  self->state.open.erase(report.deploy_id);
  tell_open(self);
}

void on_event(self_pointer self, const engine_event& event) {
  if (event.kind == engine_event_kind::resync)
    return;
  auto now = std::chrono::system_clock::now().time_since_epoch();
  // The engine's clock may be another one.
  auto lag = std::max(now - std::chrono::nanoseconds{event.time_ns},
                      std::chrono::nanoseconds{0});
  self->state.to->observe_event_lag(lag);
}

} // namespace

metrics_collector_actor::behavior_type
metrics_collector(self_pointer self, std::shared_ptr<metrics> to,
                  const deploy_supervisor_actor& supervisor,
                  const engine_watch_actor& watch) {
  harden(self);
  self->state.to = std::move(to);
  follow_work(self, supervisor);
  self
    ->request(watch, caf::infinite, engine_listener_actor{self}, std::string{})
    .then([](const done&) {}, [](caf::error&) {});
  return {
    [self](const deploy_event& x) { on_event(self, x); },
    [self](const deploy_report& x) { on_report(self, x); },
    [self](const engine_event& x) { on_event(self, x); },
  };
}

} // namespace dw::api
