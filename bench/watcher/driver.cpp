#include "bench/watcher/driver.hpp"

#include "messages/error.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <future>
#include <utility>

namespace dw::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr size_t max_errors = 5;

struct driver_state {
  static inline const char* name = "driver";

  // No aggregate: CAF would initialize the first member with the actor itself.
  driver_state() = default;

  std::vector<task> tasks;
  size_t next = 0;
  size_t open = 0;
  bool with_steps = false;
  clock::time_point began;
  outcome result;
  std::promise<outcome> done;
  /// The phase that each deploy is in, and since when.
  std::map<std::string, std::pair<deploy_phase, clock::time_point>> phases;
};

using self_pointer = deploy_listener_actor::stateful_pointer<driver_state>;

void submit_next(self_pointer self);

void finish_one(self_pointer self, clock::time_point began,
                const std::string& error) {
  auto& st = self->state;
  if (error.empty()) {
    st.result.durations.emplace_back(clock::now() - began);
  } else {
    ++st.result.failed;
    if (st.result.errors.size() < max_errors)
      st.result.errors.push_back(error);
  }
  --st.open;
  submit_next(self);
  if (st.open > 0)
    return;
  st.result.elapsed = clock::now() - st.began;
  st.done.set_value(std::move(st.result));
  self->quit();
}

void submit_next(self_pointer self) {
  auto& st = self->state;
  if (st.next == st.tasks.size())
    return;
  auto& x = st.tasks[st.next++];
  ++st.open;
  auto began = clock::now();
  self->request(x.supervisor, caf::infinite, std::move(x.work))
    .then(
      [self, began](const deploy_report& report) {
        finish_one(self, began,
                   report.outcome == deploy_outcome::deployed
                       && report.leftovers.empty()
                     ? ""
                   : report.error ? render(report.error)
                                  : report.leftovers.front());
      },
      [self, began](const caf::error& err) {
        finish_one(self, began, render(err));
      });
}

void on_event(self_pointer self, const deploy_event& event) {
  auto& st = self->state;
  auto now = clock::now();
  auto [i, is_new] = st.phases.try_emplace(event.deploy_id, event.phase, now);
  if (is_new || i->second.first == event.phase)
    return;
  auto [phase, since] = std::exchange(i->second, {event.phase, now});
  st.result.steps[to_string(phase)].emplace_back(now - since);
  if (event.phase == deploy_phase::finished)
    st.phases.erase(i);
}

void subscribe(self_pointer self) {
  std::map<caf::actor_addr, deploy_supervisor_actor> all;
  for (const auto& x : self->state.tasks)
    all.emplace(x.supervisor.address(), x.supervisor);
  for (const auto& [address, x] : all)
    self->request(x, caf::infinite, deploy_listener_actor{self})
      .then([](const done&) {}, [](const caf::error&) {});
}

deploy_listener_actor::behavior_type
driver(self_pointer self, std::vector<task>* tasks, size_t concurrency,
       bool with_steps, std::promise<outcome>* done) {
  auto& st = self->state;
  st.tasks = std::move(*tasks);
  st.done = std::move(*done);
  st.began = clock::now();
  st.result.durations.reserve(st.tasks.size());
  if (with_steps)
    subscribe(self);
  for (size_t i = 0; i < concurrency; ++i)
    submit_next(self);
  return {
    [self](const deploy_event& event) { on_event(self, event); },
    [](const deploy_report&) {
      // nop: the answers are counted
    },
  };
}

} // namespace

outcome run_all(caf::actor_system& sys, std::vector<task> tasks,
                size_t concurrency, bool with_steps) {
  if (tasks.empty())
    return {};
  std::promise<outcome> done;
  auto result = done.get_future();
  sys.spawn(driver, &tasks, concurrency, with_steps, &done);
  return result.get();
}

} // namespace dw::bench
