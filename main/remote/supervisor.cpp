#include "main/remote/supervisor.hpp"

#include "actors/harden.hpp"
#include "main/remote/answers.hpp"
#include "main/remote/requests.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <utility>

namespace dw::remote {

namespace {

using self_pointer = supervisor_impl::stateful_pointer<supervisor_state>;
using stream_phase = supervisor_state::stream_phase;
using item = supervisor_state::item;

// Of what is no stream of events.
constexpr size_t max_refusal = 64 * 1024;

void open_stream(self_pointer self);

// Makes an exchange. @param then Takes the response.
// @param fail Takes the error of the connection.
template <class Then, class Fail>
void ask(self_pointer self, http_request x, Then then, Fail fail) {
  auto& st = self->state;
  self
    ->request(st.http, caf::infinite,
              requests::address(std::move(x), st.server))
    .then(then, [fail](const caf::error& err) { fail(explain(err)); });
}

std::string name_of(const submit_work& work) {
  return work.spec.project + "/" + work.spec.stage;
}

// -- items --------------------------------------------------------------------

item* find(supervisor_state& st, const std::string& id) {
  for (auto& [number, x] : st.items)
    if (x.id == id)
      return &x;
  return nullptr;
}

template <class Result>
void settle(self_pointer self, const std::string& id, Result result) {
  auto& items = self->state.items;
  auto i = std::find_if(items.begin(), items.end(),
                        [&](const auto& x) { return x.second.id == id; });
  if (i != items.end())
    items.extract(i).mapped().owed.settle(std::move(result));
}

// Work has ended.
void conclude(self_pointer self, const deploy_report& report) {
  for (const auto& x : self->state.listeners)
    self->send(x, report);
  settle(self, report.deploy_id, report);
}

void settle_number(self_pointer self, uint64_t number, caf::error err) {
  if (auto node = self->state.items.extract(number))
    node.mapped().owed.settle(std::move(err));
}

void fail_all(self_pointer self, const caf::error& err) {
  for (auto& [number, x] : std::exchange(self->state.items, {})) {
    auto reason = with_failure(err, [&work = x.work](failure& y) {
      y.operation = to_string(work.action);
      y.object = name_of(work);
    });
    x.owed.settle(std::move(reason));
  }
}

void tell(self_pointer self, const deploy_event& event) {
  for (const auto& x : self->state.listeners)
    self->send(x, event);
}

// Tells those who watch what we know of ourselves.
void tell_about(self_pointer self, const item& x, std::string text,
                bool retrying) {
  auto event = x.latest;
  event.text = std::move(text);
  event.retrying = retrying;
  event.progress = caf::none;
  tell(self, event);
}

// -- looking at work whose end may have been missed ---------------------------

void look_later(self_pointer self) {
  auto& st = self->state;
  if (!std::exchange(st.is_looking, true))
    self->delayed_send(self, st.policy.look_interval, look_atom::value);
}

void look_at(self_pointer self, const std::string& id) {
  ask(
    self, requests::read_deploy(id),
    [self, id](const http_response& response) {
      auto record = parse_deploy(response);
      if (!record)
        settle(self, id, std::move(record.error()));
      else if (record->report)
        conclude(self, *record->report);
      else
        look_later(self);
    },
    [self](const caf::error&) { look_later(self); });
}

void send_cancel(self_pointer self, item& cancelled) {
  const auto& id = cancelled.id;
  cancelled.is_cancel_sent = true;
  ask(
    self, requests::cancel_deploy(id),
    [self, id](const http_response& response) {
      // One that has ended meanwhile is not found.
      auto* x = find(self->state, id);
      if (x != nullptr && response.status != 202 && response.status != 404)
        tell_about(self, *x, render(to_error(response)), false);
    },
    [self, id](const caf::error&) {
      if (auto* x = find(self->state, id)) {
        x->is_cancel_sent = false;
        x->is_lost = true;
      }
      look_later(self);
    });
}

void look(self_pointer self) {
  auto& st = self->state;
  st.is_looking = false;
  if (st.phase != stream_phase::open)
    return; // the next stream looks at all
  for (auto& [number, x] : st.items) {
    if (!x.is_lost)
      continue;
    look_at(self, x.id);
    if (x.is_cancelled && !x.is_cancel_sent)
      send_cancel(self, x);
  }
}

void look_at_all(self_pointer self) {
  for (auto& [number, x] : self->state.items)
    x.is_lost = !x.id.empty();
  look(self);
}

// -- events -------------------------------------------------------------------

// @returns whether it is about work that is known.
bool on_event(self_pointer self, const sse_event& x) {
  if (x.type == "report") {
    auto report = parse_report(x.data);
    if (!report || find(self->state, report->deploy_id) == nullptr)
      return false;
    conclude(self, *report);
    return true;
  }
  auto event = parse_event(x.data);
  auto* known = event ? find(self->state, event->deploy_id) : nullptr;
  if (known == nullptr)
    return false;
  tell(self, *event);
  known->latest = std::move(*event);
  // The report comes next, unless a server that is killed has no time for it.
  if (known->latest.phase == deploy_phase::finished) {
    known->is_lost = true;
    look_later(self);
  }
  return true;
}

void take_event(self_pointer self, const sse_event& x) {
  auto& st = self->state;
  if (x.type == "gap")
    look_at_all(self);
  else if ((x.type == "event" || x.type == "report") && !on_event(self, x)
           && std::any_of(st.items.begin(), st.items.end(), [](const auto& y) {
                return y.second.attempts > 0 && y.second.id.empty();
              }))
    st.early.push_back(x);
}

// -- asking for work ----------------------------------------------------------

void on_accepted(self_pointer self, uint64_t number, const std::string& id) {
  auto& st = self->state;
  auto i = st.items.find(number);
  if (i == st.items.end())
    return;
  i->second.id = id;
  i->second.latest.deploy_id = id;
  if (i->second.is_cancelled)
    send_cancel(self, i->second);
  // What the first answer would have told may have ended since.
  if (i->second.attempts > 1) {
    i->second.is_lost = true;
    look_later(self);
  }
  auto early = std::exchange(st.early, {});
  for (auto& x : early)
    take_event(self, x);
}

void submit(self_pointer self, uint64_t number) {
  auto& st = self->state;
  auto& x = st.items.at(number);
  x.is_asking = true;
  ++x.attempts;
  ask(
    self, requests::submit(x.work, x.key),
    [self, number](const http_response& response) {
      if (auto i = self->state.items.find(number); i != self->state.items.end())
        i->second.is_asking = false;
      if (auto id = parse_accepted(response))
        on_accepted(self, number, *id);
      else
        settle_number(self, number, std::move(id.error()));
    },
    [self, number](const caf::error& err) {
      auto& state = self->state;
      auto i = state.items.find(number);
      if (i == state.items.end())
        return;
      i->second.is_asking = false;
      if (i->second.attempts < state.policy.attempts && is_transient(err))
        self->delayed_send(self, state.policy.first_delay, retry_atom::value);
      else
        settle_number(self, number, err);
    });
}

void submit_all(self_pointer self) {
  std::vector<uint64_t> numbers;
  for (const auto& [number, x] : self->state.items)
    if (x.id.empty() && !x.is_asking)
      numbers.push_back(number);
  for (auto number : numbers)
    submit(self, number);
}

caf::result<deploy_report> accept(self_pointer self, submit_work& work) {
  auto& st = self->state;
  auto promise = self->make_response_promise<deploy_report>();
  item x;
  x.key = st.make_key();
  x.owed = obligation{promise};
  x.latest.project = work.spec.project;
  x.latest.stage = work.spec.stage;
  x.work = std::move(work);
  auto number = ++st.last_number;
  st.items.emplace(number, std::move(x));
  // Nothing is asked for before its events can be seen.
  if (st.phase == stream_phase::closed)
    open_stream(self);
  else if (st.phase == stream_phase::open)
    submit(self, number);
  return promise;
}

void cancel_matching(self_pointer self, const cancel_work& x) {
  std::vector<uint64_t> unasked;
  for (auto& [number, y] : self->state.items) {
    const auto& spec = y.work.spec;
    if ((!x.project.empty() && x.project != spec.project)
        || (!x.stage.empty() && x.stage != spec.stage)
        || (!x.deploy_id.empty() && x.deploy_id != y.id))
      continue;
    y.is_cancelled = true;
    if (!y.id.empty())
      send_cancel(self, y);
    else if (y.attempts == 0)
      unasked.push_back(number);
  }
  for (auto number : unasked)
    settle_number(self, number,
                  make_failure(errc::cancelled,
                               {.reply = "cancelled before it was asked for"}));
}

// -- the stream ---------------------------------------------------------------

// Work that was accepted goes on, whatever we see of it.
void give_up(self_pointer self, const caf::error& err) {
  for (auto& [number, x] : std::exchange(self->state.items, {})) {
    auto context = failure_of(err);
    if (x.id.empty()) {
      context.operation = "learn what became of";
      context.object = to_string(x.work.action) + " " + name_of(x.work);
      context.hint = "It may have been accepted: docker-watcher history tells.";
    } else {
      context.operation = "follow deploy";
      context.object = x.id;
      context.hint = "The server goes on with it, also after a restart: "
                     "docker-watcher history "
                     + x.id + " tells how it ends.";
    }
    x.owed.settle(make_failure(errc::service_restarted, std::move(context)));
  }
}

void on_lost(self_pointer self, const caf::error& err) {
  auto& st = self->state;
  auto now = self->clock().now();
  auto was_open
    = std::exchange(st.phase, stream_phase::closed) == stream_phase::open;
  if (was_open) {
    st.lost_since = now;
    st.delay = st.policy.first_delay;
    for (const auto& [number, x] : st.items)
      tell_about(self, x, render(err), true);
  } else {
    st.delay = std::min(st.delay * 2, st.policy.max_delay);
  }
  if (now - st.lost_since > st.policy.patience)
    give_up(self, err);
  else
    self->delayed_send(self, st.delay, retry_atom::value);
}

// The first stream must stand; a later one may have to wait for the server.
void on_end(self_pointer self, const caf::error& err) {
  auto may_return = is_transient(err) || code_of(err) == errc::peer_failed;
  if (self->state.was_open && may_return) {
    on_lost(self, err);
    return;
  }
  self->state.phase = stream_phase::closed;
  fail_all(self, err);
}

caf::error ended(const http_response& response) {
  return make_failure(errc::connection_lost,
                      {.operation = response.operation,
                       .peer = response.peer,
                       .reply = "the server has ended the stream"});
}

void open_stream(self_pointer self) {
  auto& st = self->state;
  st.phase = stream_phase::opening;
  st.refusal.clear();
  st.broken = caf::none;
  st.decoder = sse_decoder{};
  auto request
    = requests::address(requests::follow_events(st.last_event_id), st.server);
  request.ticket = ++st.ticket;
  self
    ->request(st.http, caf::infinite, std::move(request),
              body_consumer_actor{self})
    .then(
      [self](http_response& response) {
        response.body = self->state.refusal;
        on_end(self,
               response.status == 200 ? ended(response) : to_error(response));
      },
      [self](const caf::error& err) {
        const auto& broken = self->state.broken;
        on_end(self, broken ? caf::error{broken} : explain(err));
      });
}

void on_open(self_pointer self) {
  auto& st = self->state;
  st.phase = stream_phase::open;
  if (std::exchange(st.was_open, true)) {
    // A server that was restarted has resumed what it was told to cancel.
    for (auto& [number, x] : st.items)
      x.is_cancel_sent = false;
    look_at_all(self);
  }
  submit_all(self);
}

void on_chunk(self_pointer self, const body_chunk& chunk) {
  auto& st = self->state;
  self->send(st.http, consumed{chunk.ticket, chunk.bytes.size()});
  if (chunk.ticket != st.ticket || st.broken)
    return;
  if (chunk.status != 200) {
    st.refusal += chunk.bytes.substr(0, max_refusal - st.refusal.size());
    return;
  }
  if (st.phase == stream_phase::opening)
    on_open(self);
  auto events = st.decoder.feed(chunk.bytes);
  if (!events) {
    st.broken = std::move(events.error());
    self->send(st.http, cancel{st.ticket});
    return;
  }
  for (const auto& x : *events)
    take_event(self, x);
  if (!st.decoder.last_id().empty())
    st.last_event_id = st.decoder.last_id();
}

void retry(self_pointer self) {
  auto& st = self->state;
  if (st.items.empty())
    return;
  if (st.phase == stream_phase::closed)
    open_stream(self);
  else if (st.phase == stream_phase::open)
    submit_all(self);
}

} // namespace

supervisor_impl::behavior_type
supervisor(self_pointer self, http_client_actor http, server_address server,
           follow_policy policy, std::function<std::string()> make_key) {
  harden(self);
  auto& st = self->state;
  st.http = std::move(http);
  st.server = std::move(server);
  st.policy = policy;
  st.make_key = std::move(make_key);
  return {
    [self](submit_work& x) { return accept(self, x); },
    [self](const cancel_work& x) {
      cancel_matching(self, x);
      return done{};
    },
    [self](const deploy_listener_actor& x) {
      self->state.listeners.push_back(x);
      return done{};
    },
    [self](const body_chunk& x) { on_chunk(self, x); },
    [self](retry_atom) { retry(self); },
    [self](look_atom) { look(self); },
  };
}

} // namespace dw::remote
