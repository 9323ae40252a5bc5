#include "actors/notifier.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "actors/log_context.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

namespace dw {

namespace {

using self_pointer = notifier_actor::stateful_pointer<notifier_state>;

// What of a command's complaint gets into the log.
constexpr size_t max_complaint = 200;

// The part of our environment that holds no secrets.
std::vector<std::string> plain_environment() {
  std::vector<std::string> result;
  for (const auto* name : {"PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ"})
    if (const auto* value = std::getenv(name); value != nullptr)
      result.push_back(std::string{name} + "=" + value);
  return result;
}

void try_first(self_pointer self, uint64_t index);

bool has_told_all(const notifier_state& st) {
  return st.open_questions == 0
         && std::all_of(st.receivers.begin(), st.receivers.end(),
                        [](const auto& x) { return x.second.waiting.empty(); });
}

void settle_if_told(notifier_state& st) {
  if (has_told_all(st))
    for (auto& x : std::exchange(st.owed, {}))
      x.settle(done{});
}

void forget_first(self_pointer self, uint64_t index) {
  auto& st = self->state;
  auto& x = st.receivers.at(index);
  x.waiting.pop_front();
  x.attempt = 1;
  if (!x.waiting.empty())
    try_first(self, index);
  else if (x.is_former)
    st.receivers.erase(index);
  settle_if_told(st);
}

void give_up_first(self_pointer self, uint64_t index, const caf::error& why) {
  const auto& x = self->state.receivers.at(index);
  {
    const auto& report = x.waiting.front().report;
    log_context about{report.deploy_id, report.project, report.stage};
    spdlog::warn("{} is not told: {}", x.target.name, render(why));
  }
  forget_first(self, index);
}

// @param wait How long the other side asks to wait, if it does.
void on_failure(self_pointer self, uint64_t index, const caf::error& why,
                caf::optional<std::chrono::seconds> wait) {
  auto& st = self->state;
  auto& x = st.receivers.at(index);
  auto share = std::uniform_real_distribution<>{0, 1}(st.jitter);
  auto pause = st.policy.retries.pause_after(x.attempt, share);
  if (!is_transient(why) || !pause) {
    give_up_first(self, index, why);
    return;
  }
  ++x.attempt;
  std::chrono::milliseconds asked{0};
  if (wait)
    asked = std::min<std::chrono::milliseconds>(*wait, st.policy.retries.cap);
  self->delayed_send(self, std::max(*pause, asked), caf::tick_atom::value,
                     index);
}

void send_first(self_pointer self, uint64_t index) {
  auto& st = self->state;
  const auto& x = st.receivers.at(index);
  self
    ->request(st.http, caf::infinite,
              make_notification(x.target, x.waiting.front(), st.policy.now()))
    .then(
      [self, index](const http_response& response) {
        if (auto err = check_notification(response))
          on_failure(self, index, err, retry_after(response));
        else
          forget_first(self, index);
      },
      [self, index](const caf::error& err) {
        on_failure(self, index, err, caf::none);
      });
}

void run_first(self_pointer self, uint64_t index) {
  auto& st = self->state;
  const auto& x = st.receivers.at(index);
  program_request request;
  request.what.words = x.target.command;
  request.what.input
    = notification_json(x.waiting.front(), st.policy.now()) + "\n";
  request.what.environment = plain_environment();
  request.what.timeout = st.policy.command_time;
  self->request(st.commands, caf::infinite, std::move(request))
    .then([self, index](const done&) { forget_first(self, index); },
          [self, index](const caf::error& err) {
            give_up_first(self, index, err);
          });
}

void try_first(self_pointer self, uint64_t index) {
  if (self->state.receivers.at(index).target.kind == notification_kind::command)
    run_first(self, index);
  else
    send_first(self, index);
}

void on_end(self_pointer self, const work_ended& event) {
  auto& st = self->state;
  const auto& report = event.report;
  for (auto& [index, x] : st.receivers) {
    if (x.is_former || !wants(x.target, event))
      continue;
    if (x.waiting.size() >= st.policy.max_waiting) {
      log_context about{report.deploy_id, report.project, report.stage};
      spdlog::warn("{} is not told: {} others wait", x.target.name,
                   x.waiting.size());
      continue;
    }
    x.waiting.push_back(event);
    if (x.waiting.size() == 1)
      try_first(self, index);
  }
}

// A report does not say who asked for the work.
void look_up(self_pointer self, const deploy_report& report) {
  auto& st = self->state;
  // A repair is nobody's work, and too slight for the journal.
  if (st.receivers.empty() || report.action == stage_action::repair)
    return;
  ++st.open_questions;
  self->request(st.journal, caf::infinite, read_work{report.deploy_id})
    .then(
      [self, report](const work_record& x) {
        --self->state.open_questions;
        on_end(self, {x.work.action, x.work.asked_by, report});
        settle_if_told(self->state);
      },
      [self, report](const caf::error& err) {
        --self->state.open_questions;
        log_context about{report.deploy_id, report.project, report.stage};
        spdlog::warn("nobody is told: {}", render(err));
        settle_if_told(self->state);
      });
}

void replace_receivers(notifier_state& st, notify_others& x) {
  std::erase_if(st.receivers,
                [](const auto& y) { return y.second.waiting.empty(); });
  for (auto& former : st.receivers)
    former.second.is_former = true;
  for (auto& target : x.targets)
    st.receivers[++st.last_receiver].target = std::move(target);
}

caf::result<done> tell_the_rest(self_pointer self) {
  auto& st = self->state;
  if (has_told_all(st))
    return done{};
  st.owed.emplace_back(self->make_response_promise<done>());
  return caf::delegated<done>{};
}

} // namespace

notifier_state::~notifier_state() {
  for (const auto& [index, x] : receivers)
    if (!x.waiting.empty())
      spdlog::warn("{} is not told of {} deploy(s): the server stops",
                   x.target.name, x.waiting.size());
}

notifier_actor::behavior_type
notifier(self_pointer self, const deploy_supervisor_actor& supervisor,
         journal_actor journal, http_client_actor http,
         command_runner_actor commands, notifier_policy policy) {
  harden(self);
  auto& st = self->state;
  st.journal = std::move(journal);
  st.http = std::move(http);
  st.commands = std::move(commands);
  st.policy = std::move(policy);
  follow_work(self, supervisor);
  return {
    [](const deploy_event&) {},
    [self](const deploy_report& x) { look_up(self, x); },
    [self](notify_others& x) { replace_receivers(self->state, x); },
    [self](caf::close_atom) { return tell_the_rest(self); },
    [self](caf::tick_atom, uint64_t index) { try_first(self, index); },
  };
}

// -- commands -----------------------------------------------------------------

namespace {

struct command_runner_state {
  static inline const char* name = "command-runner";
};

caf::result<done> run(const program_call& what) {
  auto result = run_program(what);
  if (!result)
    return std::move(result.error());
  if (result->status == 0)
    return done{};
  return make_failure(
    errc::rejected,
    {.operation = "run",
     .object = what.words.front(),
     .reply = "it ended with status " + std::to_string(result->status) + ": "
              + clean_text(result->error_output, max_complaint)});
}

command_runner_actor::behavior_type command_runner(
  command_runner_actor::stateful_pointer<command_runner_state> self) {
  harden(self);
  return {[](const program_request& x) { return run(x.what); }};
}

} // namespace

command_runner_actor spawn_command_runner(caf::actor_system& sys) {
  return sys.spawn<caf::detached>(command_runner);
}

} // namespace dw
