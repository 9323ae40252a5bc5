#include "main/api/work_tracker.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "actors/log_context.hpp"
#include "actors/same_work.hpp"
#include "actors/sha256.hpp"
#include "main/api/problem.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/obligation.hpp"

#include <functional>
#include <memory>

namespace dw::api {

using namespace std::chrono_literals;

namespace {

using self_pointer = work_tracker_actor::stateful_pointer<work_tracker_state>;

// How long an Idempotency-Key stands for the first answer.
constexpr auto promise_time = 24h;
// Between two looks for those that are over.
constexpr auto promise_check = 1min;

using answer_handler = work_tracker_state::answer_handler;

constexpr int accepted = 202;

// Another request has the key of this one.
constexpr int unprocessable = 422;

/// Work that is asked for, by whomever.
struct order {
  std::string client;
  /// Makes a request the same as another one; empty if nothing does.
  std::string key;
  /// What such requests must have in common.
  std::string content;
  submit_work work;
  answer_handler answer;
};

caf::error
refuse(const order& x, errc code, std::string reply, std::string hint = {}) {
  return make_failure(code,
                      {.operation = to_string(x.work.action),
                       .object = x.work.spec.project + "/" + x.work.spec.stage,
                       .reply = std::move(reply),
                       .hint = std::move(hint)});
}

// The same key of the same client gives the same id, so that the journal still
// knows it after a restart.
std::string id_of(const order& x) {
  if (x.key.empty())
    return make_instance_id();
  return sha256_id(x.client + "\n" + x.key);
}

size_t fingerprint_of(const order& x) {
  return std::hash<std::string>{}(x.content);
}

// Answers a request whose work is known: at once if that was accepted, else
// together with the first one.
void answer_again(self_pointer self, const answer_handler& answer,
                  const std::string& id) {
  auto i = self->state.submissions.find(id);
  if (i == self->state.submissions.end() || i->second.is_accepted)
    answer(accepted, id);
  else
    i->second.waiting.push_back(answer);
}

// Whether a request with the same key came before; then it is answered.
bool is_repeated(self_pointer self, const order& x, const std::string& id) {
  const auto& promises = self->state.promises;
  auto i = promises.find(id);
  if (i == promises.end())
    return false;
  if (i->second.fingerprint == fingerprint_of(x))
    answer_again(self, x.answer, id);
  else
    x.answer(unprocessable,
             refuse(x, errc::invalid_argument,
                    "this Idempotency-Key was used for another request",
                    "Use a new one for each request."));
  return true;
}

// Other processes of this machine may work on the stage.
caf::error hold_stage(self_pointer self, const deploy_spec& spec) {
  auto& st = self->state;
  auto key = key_of(spec);
  auto i = st.stages.find(key);
  if (i == st.stages.end()) {
    auto lock = stage_lock::take(st.engine, spec);
    if (!lock)
      return std::move(lock.error());
    i = st.stages
          .emplace(key, work_tracker_state::held_stage{std::move(*lock), 0})
          .first;
  }
  ++i->second.open;
  return caf::none;
}

void let_go(self_pointer self, const stage_key& stage) {
  auto& stages = self->state.stages;
  auto i = stages.find(stage);
  if (--i->second.open == 0)
    stages.erase(i);
}

// @returns who has not been told yet that it was accepted.
std::vector<answer_handler> close(self_pointer self, const std::string& id) {
  auto node = self->state.submissions.extract(id);
  let_go(self, node.mapped().stage);
  return std::move(node.mapped().waiting);
}

void accept(work_tracker_state::submission& x, const std::string& id) {
  x.is_accepted = true;
  for (const auto& answer : std::exchange(x.waiting, {}))
    answer(accepted, id);
}

// The work was refused. If its id is known, it may have been accepted before
// the last restart: if the same was asked for then, it is accepted again.
void on_refused(self_pointer self, const submit_work& work,
                const caf::error& why) {
  auto waiting = close(self, work.deploy_id);
  self->state.promises.erase(work.deploy_id);
  auto answer_all
    = [waiting](int status, const caf::expected<std::string>& result) {
        for (const auto& answer : waiting)
          answer(status, result);
      };
  if (code_of(why) != errc::conflict) {
    answer_all(status_of(why), why);
    return;
  }
  self->request(self->state.journal, caf::infinite, read_work{work.deploy_id})
    .then(
      [work, answer_all, why](const work_record& record) {
        if (is_same_work(record.work, work))
          answer_all(accepted, work.deploy_id);
        else
          answer_all(unprocessable, why);
      },
      [answer_all, why](caf::error&) { answer_all(status_of(why), why); });
}

void submit(self_pointer self, order x) {
  auto id = id_of(x);
  if (is_repeated(self, x, id))
    return;
  if (auto err = hold_stage(self, x.work.spec)) {
    x.answer(status_of(err), err);
    return;
  }
  auto& st = self->state;
  if (!x.key.empty())
    st.promises[id] = {fingerprint_of(x), self->clock().now() + promise_time};
  st.submissions.emplace(id, work_tracker_state::submission{key_of(x.work.spec),
                                                            {x.answer}});
  x.work.deploy_id = id;
  x.work.asked_by = x.client;
  {
    log_context about{id, x.work.spec.project, x.work.spec.stage};
    spdlog::info("{} asks: {} {}", x.client, to_string(x.work.action),
                 x.work.spec.tag);
  }
  self->request(st.supervisor, caf::infinite, x.work)
    .then([self, id](const deploy_report&) { close(self, id); },
          [self, work
                 = x.work](caf::error& err) { on_refused(self, work, err); });
}

void forget_promises(self_pointer self) {
  auto& st = self->state;
  auto now = self->clock().now();
  std::erase_if(st.promises, [&](const auto& x) {
    return x.second.until < now && !st.submissions.contains(x.first);
  });
  self->delayed_send(self, promise_check, caf::tick_atom::value);
}

order make_order(submit_call& x) {
  order result;
  result.client = std::move(x.from.client);
  result.key = x.from.request.header("idempotency-key");
  result.content = std::move(x.from.request.body);
  result.work = std::move(x.work);
  result.answer
    = [out = x.from.out](int status, const caf::expected<std::string>& id) {
        if (id)
          answer_accepted(out, *id);
        else
          answer_problem(out, status, id.error());
      };
  return result;
}

caf::result<std::string>
submit_for_actor(self_pointer self, submit_request& x) {
  auto owed = std::make_shared<obligation<std::string>>(
    self->make_response_promise<std::string>());
  auto answer
    = [owed](int, const caf::expected<std::string>& id) { owed->settle(id); };
  submit(self, {std::move(x.client),
                std::move(x.key),
                {},
                std::move(x.work),
                std::move(answer)});
  return caf::delegated<std::string>{};
}

caf::result<deploy_report> submit_own(self_pointer self, submit_work& work) {
  if (work.deploy_id.empty())
    work.deploy_id = make_instance_id();
  auto id = work.deploy_id;
  if (self->state.submissions.contains(id))
    return id_is_taken(work);
  if (auto err = hold_stage(self, work.spec))
    return err;
  self->state.submissions.emplace(
    id, work_tracker_state::submission{key_of(work.spec), {}});
  auto promise = self->make_response_promise<deploy_report>();
  self->request(self->state.supervisor, caf::infinite, std::move(work))
    .then(
      [self, id, promise](deploy_report& report) mutable {
        close(self, id);
        promise.deliver(std::move(report));
      },
      [self, id, promise](caf::error& err) mutable {
        close(self, id);
        promise.deliver(std::move(err));
      });
  return promise;
}

// Keeps other processes of this machine off the stage of work that came by
// another way. It runs in any case: it was accepted before.
void hold_for_others(self_pointer self, const deploy_event& event) {
  auto& st = self->state;
  if (st.submissions.contains(event.deploy_id)
      || st.others.contains(event.deploy_id))
    return;
  deploy_spec spec;
  spec.project = event.project;
  spec.stage = event.stage;
  log_context about{event.deploy_id, event.project, event.stage};
  if (auto err = hold_stage(self, spec))
    spdlog::warn("goes on beside another process: {}", render(err));
  else
    st.others.emplace(event.deploy_id, key_of(spec));
}

// The first event of a piece of work says that it is accepted.
void on_event(self_pointer self, const deploy_event& event) {
  hold_for_others(self, event);
  auto i = self->state.submissions.find(event.deploy_id);
  if (i != self->state.submissions.end())
    accept(i->second, event.deploy_id);
}

void on_report(self_pointer self, const deploy_report& report) {
  if (auto node = self->state.others.extract(report.deploy_id))
    let_go(self, node.mapped());
}

} // namespace

work_tracker_actor::behavior_type
work_tracker(self_pointer self, const deploy_supervisor_actor& supervisor,
             journal_actor journal, std::string engine) {
  harden(self);
  auto& st = self->state;
  st.supervisor = supervisor;
  st.journal = std::move(journal);
  st.engine = std::move(engine);
  follow_work(self, supervisor);
  self->delayed_send(self, promise_check, caf::tick_atom::value);
  return {
    [self](submit_call& x) { submit(self, make_order(x)); },
    [self](submit_request& x) { return submit_for_actor(self, x); },
    [self](const deploy_event& x) { on_event(self, x); },
    [self](const deploy_report& x) { on_report(self, x); },
    [self](submit_work& x) { return submit_own(self, x); },
    [self](caf::tick_atom) { forget_promises(self); },
  };
}

} // namespace dw::api
