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

std::string in_seconds(std::chrono::milliseconds x) {
  return x < 1s ? std::to_string(x.count()) + " ms"
                : std::to_string(x.count() / 1000) + " s";
}

} // namespace

// -- forward ------------------------------------------------------------------

void deployment_state::forget_attempt() {
  ++generation;
  on_event = nullptr;
  outstanding.clear();
}

void deployment_state::proceed() {
  forget_attempt();
  attempt = 0;
  if (undoing) {
    undo.pop_back();
    undo_next();
    return;
  }
  while (next_step < steps.size() && steps[next_step].is_needed != nullptr
         && !steps[next_step].is_needed(*this))
    ++next_step;
  auto is_done = next_step == steps.size();
  // What came too late to break anything off has nothing to undo, either.
  if (aborting && !(is_done && undo.empty())) {
    fail(std::move(aborting));
    return;
  }
  if (is_done) {
    finish(deploy_outcome::deployed);
    return;
  }
  auto& step = steps[next_step++];
  // Several steps may make up a phase; it is told once.
  auto is_new = phase != step.phase;
  phase = step.phase;
  if (!is_new) {
    step.run(*this);
    return;
  }
  tell({});
  record_phase([](deployment_state& st) { st.run_current(); });
}

void deployment_state::run_current() {
  forget_attempt();
  if (undoing)
    undo.back().run(*this);
  else
    steps[next_step - 1].run(*this);
}

bool deployment_state::repeat_after(const caf::error& err) {
  auto spread = std::uniform_real_distribution<>{0, 1}(jitter);
  auto pause = retries.pause_after(++attempt, spread);
  if (!is_transient(err) || !pause || aborting)
    return false;
  tell(first_line(err), true);
  forget_attempt();
  after(*pause, [this] { run_current(); });
  return true;
}

void deployment_state::on_failure(const caf::error& err) {
  if (repeat_after(err))
    return;
  if (undoing) {
    leave_over(undo.back().leftover, err);
    proceed();
  } else if (committed) {
    leave_over(to_string(phase) + " was not finished", err);
    proceed();
  } else {
    fail(aborting ? std::move(aborting) : err);
  }
}

void deployment_state::leave_over(const std::string& what,
                                  const caf::error& why) {
  leftovers.push_back(what + ": " + first_line(why));
}

std::chrono::milliseconds deployment_state::time_left() const {
  auto now = self->clock().now();
  auto [limit, until]
    = undoing ? std::pair{undo_step_deadline, undo_began + undo_deadline}
              : std::pair{steps[next_step - 1].deadline, end()};
  // Past its end the work is about to be broken off; let requests fail quickly.
  auto left = committed ? limit : since(now, until);
  return std::clamp(left, std::chrono::milliseconds{1'000}, limit);
}

std::chrono::steady_clock::time_point deployment_state::now() const {
  return self->clock().now();
}

std::chrono::steady_clock::time_point deployment_state::end() const {
  // A soak is as long as it is.
  auto soak = phase == deploy_phase::soaking ? spec.soak : 0ms;
  return began + spec.timeout + soak;
}

caf::error deployment_state::out_of_time() const {
  return make_failure(
    errc::timed_out,
    {.operation = to_string(work.action),
     .object = spec.project + "/" + spec.stage,
     .reply = "not done after " + in_seconds(spec.timeout),
     .hint = "If it only needs longer, raise the stage's timeout or pass "
             "--timeout."});
}

// -- asking -------------------------------------------------------------------

uint64_t deployment_state::open_call(cancellable_actor whom,
                                     std::chrono::milliseconds limit,
                                     std::function<void(caf::error&)> give_up) {
  auto now = self->clock().now();
  outstanding.emplace(++last_ticket,
                      open_request{std::move(whom), now + limit + patience,
                                   std::move(give_up)});
  return last_ticket;
}

bool deployment_state::close_call(uint64_t ticket) {
  return outstanding.erase(ticket) > 0;
}

void deployment_state::on_watch() {
  auto now = self->clock().now();
  if (now >= end() && !committed)
    abort(out_of_time());
  auto is_due = [now](const auto& x) { return x.second.until <= now; };
  for (;;) {
    auto i = std::find_if(outstanding.begin(), outstanding.end(), is_due);
    if (i == outstanding.end())
      break;
    auto [ticket, x] = std::move(*i);
    outstanding.erase(i);
    // Whoever has not answered by now must not begin with it later on.
    self->send(x.whom, cancel{ticket});
    auto err = caf::make_error(caf::sec::request_timeout);
    x.give_up(err);
  }
  watch();
}

void deployment_state::watch() {
  auto now = self->clock().now();
  auto next = now + patience;
  if (end() > now)
    next = std::min(next, end());
  for (const auto& [ticket, x] : outstanding)
    next = std::min(next, x.until);
  self->scheduled_send(self, next, deploy_tick{watch_tick});
}

void deployment_state::exchange(
  http_request request, std::function<void(const http_response&)> then,
  std::function<void(const caf::error&)> otherwise) {
  auto ticket = open_call(svc.http, request.deadlines.total, otherwise);
  request.ticket = ticket;
  self->request(svc.http, caf::infinite, std::move(request))
    .then(
      [this, ticket, then](const http_response& response) {
        if (close_call(ticket))
          then(response);
      },
      [this, ticket, otherwise](caf::error& err) {
        if (close_call(ticket))
          otherwise(err);
      });
}

void deployment_state::subscribe(const std::string& id) {
  self->request(svc.watch, caf::infinite, engine_listener_actor{self}, id)
    .then([](const done&) {}, [](caf::error&) {});
}

void deployment_state::skip_rest() {
  next_step = steps.size();
  leave_old_running();
  proceed();
}

void deployment_state::record_phase(void (*then)(deployment_state&)) {
  if (!svc.journal || !is_recorded(work.action)) {
    then(*this);
    return;
  }
  auto go_on = [this, then, current = generation] {
    if (generation == current)
      then(*this);
  };
  self
    ->request(svc.journal, caf::infinite,
              step_begun{deploy_id, phase, spec.tag, spec.digest, container_id,
                         error,
                         spec.pull == pull_policy::never ? "" : spec.image})
    .then([go_on](const done&) { go_on(); },
          [this, go_on, current = generation](caf::error& err) {
            // What has to be done in any case is done without a record, too.
            if (phase >= deploy_phase::draining)
              go_on();
            else if (generation == current)
              fail(std::move(err));
          });
}

// -- backward -----------------------------------------------------------------

void deployment_state::on_undo(std::string leftover,
                               void (*run)(deployment_state&)) {
  auto is_same = [run](const auto& x) { return x.run == run; };
  if (std::none_of(undo.begin(), undo.end(), is_same))
    undo.push_back({std::move(leftover), run});
}

void deployment_state::fail(caf::error reason) {
  break_off();
  error = std::move(reason);
  // An error of CAF itself does not know what it is about.
  if (failure_of(error).operation.empty())
    error = with_failure(error, [this](failure& x) {
      x.operation = "complete " + to_string(phase) + " of";
      x.object = spec.project + "/" + spec.stage;
    });
  failed_phase = phase;
  undoing = true;
  aborting = caf::none;
  attempt = 0;
  undo_began = self->clock().now();
  if (!undo.empty()) {
    phase = deploy_phase::undoing;
    tell(first_line(error));
    record_phase([](deployment_state& st) { st.undo_next(); });
    return;
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
  abort(
    make_failure(errc::cancelled, {.operation = to_string(work.action),
                                   .object = spec.project + "/" + spec.stage,
                                   .reply = "cancelled"}));
}

void deployment_state::abort(caf::error reason) {
  if (undoing || aborting)
    return;
  if (committed) {
    // It has succeeded. What still runs is retired by the next piece of work on
    // this stage.
    break_off();
    leave_old_running();
    finish(deploy_outcome::deployed);
    return;
  }
  // Between two attempts nothing is under way.
  if (outstanding.empty() || steps[next_step - 1].interruptible)
    fail(std::move(reason));
  else
    aborting = std::move(reason);
}

void deployment_state::leave_old_running() {
  auto old = std::move(retiring.stop);
  old.insert(old.end(), retiring.remove.begin(), retiring.remove.end());
  if (old.empty()) {
    old = before.retired;
    if (before.current)
      old.push_back(*before.current);
  }
  for (const auto& x : old)
    if (x.id != container_id && is_running(x))
      leftovers.push_back(describe(x) + " still runs until it is retired");
}

void deployment_state::break_off() {
  for (auto& [ticket, x] : outstanding)
    self->send(x.whom, cancel{ticket});
  forget_attempt();
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
  forget_attempt();
  auto ended_in = outcome == deploy_outcome::deployed ? deploy_phase::finished
                                                      : failed_phase;
  phase = deploy_phase::finished;
  tell(to_string(outcome));
  deploy_report report;
  report.deploy_id = deploy_id;
  report.project = spec.project;
  report.stage = spec.stage;
  report.action = work.action;
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
  // What monitors lies with what is monitored, even when it has ended: each
  // deployment would leave its memory with the supervisor.
  self->demonitor(client.address());
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
  st.steps = steps_of(st.work.action, st.spec.target);
  st.began = self->clock().now();
  // Nobody keeps other work off the stage any more. With a journal, the next
  // start goes on from here: to undo it now, and not to the end, would be told
  // as a failure then.
  self->monitor(st.client);
  self->set_down_handler([self](const caf::down_msg& msg) {
    if (self->state.svc.journal
        && msg.reason == caf::exit_reason::user_shutdown)
      self->quit();
    else
      self->state.on_cancel();
  });
  st.watch();
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
      if (tick.generation == deployment_state::watch_tick)
        state.on_watch();
      else
        state.on_tick(tick);
    },
  };
}

} // namespace dw
