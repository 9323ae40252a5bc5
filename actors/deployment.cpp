#include "actors/deployment.hpp"

#include "actors/deploy_steps.hpp"
#include "actors/harden.hpp"

#include <algorithm>

namespace dw {

using namespace std::chrono_literals;

namespace {

// Undoing has its own time: a deploy that ran out of it must still be undone.
constexpr auto undo_step_deadline = std::chrono::milliseconds{60'000};
constexpr auto undo_deadline = std::chrono::milliseconds{180'000};

std::chrono::milliseconds since(std::chrono::steady_clock::time_point then,
                                std::chrono::steady_clock::time_point now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - then);
}

} // namespace

// -- forward ------------------------------------------------------------------

void deployment_state::proceed() {
  ++generation;
  attempt = 0;
  on_event = nullptr;
  if (undoing) {
    undo.pop_back();
    undo_next();
    return;
  }
  if (aborting && !committed) {
    fail(std::move(aborting));
    return;
  }
  if (next_step == steps.size()) {
    finish(deploy_outcome::deployed);
    return;
  }
  auto& step = steps[next_step++];
  // Several steps may make up a phase; it is told once.
  auto is_new = phase != step.phase;
  phase = step.phase;
  if (is_new)
    tell({});
  step.run(*this);
}

void deployment_state::run_current() {
  ++generation;
  on_event = nullptr;
  if (undoing)
    undo.back().run(*this);
  else
    steps[next_step - 1].run(*this);
}

void deployment_state::on_failure(const caf::error& err) {
  auto spread = std::uniform_real_distribution<>{0, 1}(jitter);
  auto pause = retries.pause_after(++attempt, spread);
  if (is_transient(err) && pause && !aborting) {
    tell(render(err), true);
    ++generation;
    after(*pause, [this] { run_current(); });
    return;
  }
  if (undoing) {
    leftovers.push_back(undo.back().leftover + ": " + render(err));
    proceed();
  } else if (committed) {
    leftovers.push_back(render(err));
    proceed();
  } else {
    fail(err);
  }
}

std::chrono::milliseconds deployment_state::time_left() const {
  auto now = self->clock().now();
  auto [limit, total, start]
    = undoing ? std::tuple{undo_step_deadline, undo_deadline, undo_began}
              : std::tuple{steps[next_step - 1].deadline, spec.timeout, began};
  // Past its end the work is about to be broken off; let requests fail quickly.
  auto left = committed ? limit : total - since(start, now);
  return std::clamp(left, std::chrono::milliseconds{1'000}, limit);
}

std::chrono::steady_clock::time_point deployment_state::now() const {
  return self->clock().now();
}

void deployment_state::exchange(
  http_request request, std::function<void(const http_response&)> then,
  std::function<void(const caf::error&)> otherwise) {
  auto limit = request.deadlines.total + patience;
  request.ticket = ++last_ticket;
  outstanding[last_ticket] = svc.http;
  auto is_current = [this, current = generation, ticket = last_ticket] {
    outstanding.erase(ticket);
    return current == generation;
  };
  self->request(svc.http, caf::duration{limit}, std::move(request))
    .then(
      [is_current, then](const http_response& response) {
        if (is_current())
          then(response);
      },
      [is_current, otherwise](caf::error& err) {
        if (is_current())
          otherwise(err);
      });
}

void deployment_state::subscribe(const std::string& id) {
  self
    ->request(svc.watch, caf::duration{time_left()},
              engine_listener_actor{self}, id)
    .then([](const done&) {}, [](caf::error&) {});
}

void deployment_state::skip_rest() {
  next_step = steps.size();
  leave_old_running();
  proceed();
}

// -- backward -----------------------------------------------------------------

void deployment_state::on_undo(std::string leftover,
                               void (*run)(deployment_state&)) {
  undo.push_back({std::move(leftover), run});
}

void deployment_state::fail(caf::error reason) {
  break_off();
  error = std::move(reason);
  failed_phase = phase;
  undoing = true;
  aborting = caf::none;
  attempt = 0;
  undo_began = self->clock().now();
  if (!undo.empty()) {
    phase = deploy_phase::undoing;
    tell(render(error));
  }
  undo_next();
}

void deployment_state::undo_next() {
  if (!undo.empty())
    undo.back().run(*this);
  else
    finish(code_of(error) == errc::cancelled ? deploy_outcome::cancelled
                                             : deploy_outcome::failed);
}

// -- breaking off -------------------------------------------------------------

void deployment_state::on_cancel() {
  abort(make_failure(errc::cancelled,
                     {.operation = to_string(work.action),
                      .object = spec.project + "/" + spec.stage,
                      .reply = "cancelled"}));
}

void deployment_state::abort(caf::error reason) {
  if (undoing)
    return;
  if (committed) {
    // It has succeeded. What the drain leaves running is retired by the next
    // piece of work on this stage.
    break_off();
    leave_old_running();
    finish(deploy_outcome::deployed);
    return;
  }
  aborting = std::move(reason);
  auto is_pausing = outstanding.empty();
  if (next_step == 0 || steps[next_step - 1].interruptible || is_pausing)
    fail(std::move(aborting));
}

void deployment_state::leave_old_running() {
  if (before.current && before.current->id != container_id)
    leftovers.push_back("container " + before.current->name
                        + " still runs until it is retired");
}

void deployment_state::break_off() {
  ++generation;
  on_event = nullptr;
  for (auto& [ticket, whom] : outstanding)
    self->send(whom, cancel{ticket});
  outstanding.clear();
}

// -- telling ------------------------------------------------------------------

deploy_event deployment_state::make_event(std::string text) {
  deploy_event event;
  event.deploy_id = deploy_id;
  event.project = spec.project;
  event.stage = spec.stage;
  event.sequence = ++sequence;
  event.phase = phase;
  event.elapsed = since(began, self->clock().now());
  event.text = std::move(text);
  return event;
}

void deployment_state::tell(std::string text, bool retrying) {
  auto event = make_event(std::move(text));
  event.retrying = retrying;
  self->send(client, std::move(event));
}

void deployment_state::on_progress(const pull_progress& progress) {
  if (phase != deploy_phase::pulling)
    return;
  auto event = make_event(progress.status);
  event.progress = progress;
  self->send(client, std::move(event));
}

void deployment_state::finish(deploy_outcome outcome) {
  ++generation;
  auto ended_in = outcome == deploy_outcome::deployed ? deploy_phase::finished
                                                      : failed_phase;
  phase = deploy_phase::finished;
  tell(to_string(outcome));
  deploy_report report;
  report.deploy_id = deploy_id;
  report.project = spec.project;
  report.stage = spec.stage;
  report.outcome = outcome;
  report.phase = ended_in;
  report.error = error;
  report.tag = spec.tag;
  report.digest = spec.digest;
  report.container_id = container_id;
  report.container_name = container_name;
  report.instance_id = instance_id;
  report.leftovers = leftovers;
  report.elapsed = since(began, self->clock().now());
  self->send(client, std::move(report));
  self->quit();
}

// -- time ---------------------------------------------------------------------

void deployment_state::after(std::chrono::milliseconds delay,
                             std::function<void()> f) {
  timers[++last_timer] = {generation, std::move(f)};
  self->delayed_send(self, delay, deploy_tick{last_timer});
}

void deployment_state::on_tick(const deploy_tick& tick) {
  auto node = timers.extract(tick.generation);
  if (!node.empty() && node.mapped().first == generation)
    node.mapped().second();
}

deployment_actor::behavior_type
deployment(deployment_state::self_pointer self, services svc,
           deploy_client_actor client, std::string deploy_id, submit_work work,
           retry_policy retries, uint32_t seed) {
  harden(self);
  auto& st = self->state;
  st.svc = std::move(svc);
  st.client = std::move(client);
  st.deploy_id = std::move(deploy_id);
  st.spec = work.spec;
  st.work = std::move(work);
  st.retries = retries;
  st.jitter.seed(seed);
  st.steps = steps_of(st.work.action);
  st.began = self->clock().now();
  // Tick 0 is the end of the deploy's time, whatever step it is in.
  self->delayed_send(self, st.spec.timeout, deploy_tick{0});
  st.timers[++st.last_timer] = {st.generation, [&st] { st.proceed(); }};
  self->send(self, deploy_tick{st.last_timer});
  return {
    [self](const cancel&) { self->state.on_cancel(); },
    [self](const engine_event& event) {
      if (self->state.on_event)
        self->state.on_event(event);
    },
    [self](const pull_progress& progress) {
      self->state.on_progress(progress);
    },
    [self](const deploy_tick& tick) {
      auto& state = self->state;
      if (tick.generation != 0)
        state.on_tick(tick);
      else if (!state.committed)
        state.abort(make_failure(
          errc::timed_out,
          {.operation = to_string(state.work.action),
           .object = state.spec.project + "/" + state.spec.stage,
           .reply = "not done after "
                    + std::to_string(state.spec.timeout.count() / 1000) + " s",
           .hint = "If it only needs longer, raise the stage's timeout or pass "
                   "--timeout."}));
    },
  };
}

} // namespace dw
