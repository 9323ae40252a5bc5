#include "main/api/work_tracker.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "actors/log_context.hpp"
#include "main/api/problem.hpp"
#include "main/api/query.hpp"
#include "main/api/sha256.hpp"
#include "main/json_lines.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/obligation.hpp"
#include "transports/text.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>

namespace dw::api {

using namespace std::chrono_literals;

namespace {

using self_pointer = work_tracker_actor::stateful_pointer<work_tracker_state>;

// Events that are kept for readers that come back.
constexpr size_t kept_events = 10'000;
// What a reader is sent at once.
constexpr size_t event_bytes = 64 * 1024;
// Between two signs of life: proxies cut connections that are silent.
constexpr auto heartbeat = 15s;
constexpr std::string_view sign_of_life = ":\n\n";
// How long an Idempotency-Key stands for the first answer.
constexpr auto promise_time = 24h;

// -- readers of events --------------------------------------------------------

// Sends what a reader has not got yet, as far as it keeps up.
// @returns false if it has gone.
bool feed(const event_log& events, work_tracker_state::reader& x) {
  for (;;) {
    auto cursor = x.cursor;
    auto text = events.read(cursor, event_bytes);
    auto state
      = text.empty() ? server_stream_state::taken : x.stream.write(text);
    if (state != server_stream_state::taken)
      return state == server_stream_state::full;
    x.cursor = std::move(cursor);
    if (text.empty())
      return true;
  }
}

void feed_all(self_pointer self) {
  auto& st = self->state;
  for (auto i = st.readers.begin(); i != st.readers.end();)
    i = feed(st.events, i->second) ? std::next(i) : st.readers.erase(i);
}

void publish(self_pointer self, const char* type, std::string data,
             const std::string& project, const std::string& stage) {
  self->state.events.append(type, std::move(data), project, stage);
  feed_all(self);
}

// Handles that do not keep the actor alive.
template <class Message>
auto sender_of(self_pointer self, Message message) {
  return [whom = self->address(), message] {
    if (auto actor = caf::actor_cast<work_tracker_actor>(whom))
      caf::anon_send(actor, message);
  };
}

void follow(self_pointer self, const follow_call& x) {
  auto& st = self->state;
  const auto& request = x.from.request;
  auto number = ++st.last_reader;
  server_stream_events callbacks;
  callbacks.on_room = sender_of(self, reader_ready{number});
  callbacks.on_gone = sender_of(self, reader_gone{number});
  auto stream
    = x.from.out.begin_stream(200,
                              {{"Content-Type", secret{"text/event-stream"}},
                               {"Cache-Control", secret{"no-store"}},
                               {"X-Accel-Buffering", secret{"no"}}},
                              std::move(callbacks));
  if (!stream)
    return;
  auto cursor = st.events.begin(request.header("last-event-id"));
  cursor.project = request.parameter("project").value_or("");
  cursor.stage = request.parameter("stage").value_or("");
  auto i
    = st.readers
        .emplace(number, work_tracker_state::reader{*stream, std::move(cursor)})
        .first;
  // The reader learns that nothing will be missed from here on.
  stream->write(sign_of_life);
  if (!feed(st.events, i->second))
    st.readers.erase(i);
}

void on_heartbeat(self_pointer self) {
  auto& st = self->state;
  std::erase_if(st.readers, [](const auto& x) {
    return x.second.stream.write(sign_of_life) == server_stream_state::gone;
  });
  auto now = self->clock().now();
  std::erase_if(st.promises, [&](const auto& x) {
    return x.second.until < now && !st.submissions.contains(x.first);
  });
  self->delayed_send(self, heartbeat, caf::tick_atom::value);
}

// -- submitting ---------------------------------------------------------------

void answer_accepted(const responder& out, const std::string& id) {
  answer_json(out, 202, json_line{"accepted"}.add("deploy_id", id).str(),
              {{"Location", secret{"/v1/deploys/" + id}}});
}

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
  constexpr size_t length = 12; // as an instance id has
  return sha256_hex(x.client + "\n" + x.key).substr(0, length);
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

bool is_the_same(const submit_work& x, const submit_work& y) {
  return x.action == y.action && x.spec.project == y.spec.project
         && x.spec.stage == y.spec.stage && x.spec.image == y.spec.image
         && x.spec.tag == y.spec.tag;
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
        if (is_the_same(record.work, work))
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
  if (auto err = hold_stage(self, work.spec))
    return err;
  auto id = make_instance_id();
  self->state.submissions.emplace(
    id, work_tracker_state::submission{key_of(work.spec), {}});
  work.deploy_id = id;
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
  publish(self, "event", to_json(event), event.project, event.stage);
}

void on_report(self_pointer self, const deploy_report& report) {
  if (auto node = self->state.others.extract(report.deploy_id))
    let_go(self, node.mapped());
  publish(self, "report", to_json(report), report.project, report.stage);
}

// -- cancelling, reading ------------------------------------------------------

caf::error no_such_work(const call& x) {
  return make_failure(errc::not_found,
                      {.operation = "find deploy",
                       .object = clean_text(x.args.front(), 64),
                       .reply = "there is none with this id"});
}

// The latest events of what has not ended, by id.
using open_work = std::map<std::string, deploy_event>;

// Calls `then(open_work)`.
template <class Then>
void with_open_work(self_pointer self, const call& x, Then then) {
  self->request(self->state.supervisor, caf::infinite, list_work{})
    .then(
      [then](const std::vector<deploy_event>& events) {
        open_work result;
        for (const auto& y : events)
          result.emplace(y.deploy_id, y);
        then(result);
      },
      [out = x.out](caf::error& err) { answer_problem(out, err); });
}

void cancel_open(self_pointer self, const cancel_call& x) {
  with_open_work(self, x.from, [self, x](const open_work& open) {
    auto i = open.find(x.from.args.front());
    if (i == open.end()) {
      answer_problem(x.from.out, no_such_work(x.from));
      return;
    }
    cancel_work request;
    request.project = i->second.project;
    request.stage = i->second.stage;
    request.deploy_id = i->first;
    self->request(self->state.supervisor, caf::infinite, request)
      .then(
        [x](const done&) { answer_accepted(x.from.out, x.from.args.front()); },
        [x](caf::error& err) { answer_problem(x.from.out, err); });
  });
}

void read(self_pointer self, const read_call& x) {
  with_open_work(self, x.from, [self, x](const open_work& open) {
    self
      ->request(self->state.journal, caf::infinite,
                read_work{x.from.args.front()})
      .then(
        [x, open](const work_record& record) {
          auto i = open.find(record.work.deploy_id);
          answer_json(x.from.out, 200,
                      to_json(record, i == open.end() ? nullptr : &i->second));
        },
        [x](caf::error& err) {
          answer_problem(x.from.out, code_of(err) == errc::not_found
                                       ? no_such_work(x.from)
                                       : err);
        });
  });
}

// The most that a client gets at once.
constexpr int64_t max_listed = 1'000;

void list(self_pointer self, const list_call& x) {
  list_history request;
  auto limit = number_of(x.from.request, "limit", request.limit);
  if (!limit) {
    answer_problem(x.from.out, limit.error());
    return;
  }
  request.limit = static_cast<uint32_t>(std::min(*limit, max_listed));
  request.project = x.from.request.parameter("project").value_or("");
  request.stage = x.from.request.parameter("stage").value_or("");
  with_open_work(self, x.from, [self, x, request](const open_work& open) {
    self->request(self->state.journal, caf::infinite, request)
      .then(
        [x, open](const std::vector<work_record>& records) {
          std::vector<std::string> items;
          for (const auto& y : records) {
            auto i = open.find(y.work.deploy_id);
            items.push_back(to_json(y, i == open.end() ? nullptr : &i->second));
          }
          answer_json(x.from.out, 200, list_json(items));
        },
        [x](caf::error& err) { answer_problem(x.from.out, err); });
  });
}

} // namespace

work_tracker_state::work_tracker_state()
  : events{make_instance_id(), kept_events} {
  // nop
}

work_tracker_actor::behavior_type
work_tracker(self_pointer self, const deploy_supervisor_actor& supervisor,
             journal_actor journal, std::string engine) {
  harden(self);
  auto& st = self->state;
  st.supervisor = supervisor;
  st.journal = std::move(journal);
  st.engine = std::move(engine);
  follow_work(self, supervisor);
  self->delayed_send(self, heartbeat, caf::tick_atom::value);
  return {
    [self](submit_call& x) { submit(self, make_order(x)); },
    [self](submit_request& x) { return submit_for_actor(self, x); },
    [self](const cancel_call& x) { cancel_open(self, x); },
    [self](const read_call& x) { read(self, x); },
    [self](const list_call& x) { list(self, x); },
    [self](const follow_call& x) { follow(self, x); },
    [self](const reader_ready& x) {
      auto i = self->state.readers.find(x.reader);
      if (i != self->state.readers.end()
          && !feed(self->state.events, i->second))
        self->state.readers.erase(i);
    },
    [self](const reader_gone& x) { self->state.readers.erase(x.reader); },
    [self](const deploy_event& x) { on_event(self, x); },
    [self](const deploy_report& x) { on_report(self, x); },
    [self](const drift_event& x) {
      publish(self, "drift", to_json(x), x.what.project, x.what.stage);
    },
    [self](submit_work& x) { return submit_own(self, x); },
    [self](caf::tick_atom) { on_heartbeat(self); },
  };
}

} // namespace dw::api
