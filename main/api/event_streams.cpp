#include "main/api/event_streams.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "main/json_lines.hpp"
#include "messages/naming.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <iterator>
#include <string>

namespace dw::api {

using namespace std::chrono_literals;

namespace {

using self_pointer = event_streams_actor::stateful_pointer<event_streams_state>;

// Events that are kept for readers that come back.
constexpr size_t kept_events = 10'000;
// What a reader is sent at once.
constexpr size_t event_bytes = 64 * 1024;
// Between two signs of life: proxies cut connections that are silent.
constexpr auto heartbeat = 15s;
constexpr std::string_view sign_of_life = ":\n\n";

// Sends what a reader has not got yet, as far as it keeps up.
// @returns false if it has gone.
bool feed(const event_log& events, event_streams_state::reader& x) {
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
    if (auto actor = caf::actor_cast<event_streams_actor>(whom))
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
  auto i = st.readers
             .emplace(number,
                      event_streams_state::reader{*stream, std::move(cursor)})
             .first;
  // The reader learns that nothing will be missed from here on.
  stream->write(sign_of_life);
  if (!feed(st.events, i->second))
    st.readers.erase(i);
}

void on_heartbeat(self_pointer self) {
  std::erase_if(self->state.readers, [](const auto& x) {
    return x.second.stream.write(sign_of_life) == server_stream_state::gone;
  });
  self->delayed_send(self, heartbeat, caf::tick_atom::value);
}

void on_room(self_pointer self, uint64_t reader) {
  auto& st = self->state;
  auto i = st.readers.find(reader);
  if (i != st.readers.end() && !feed(st.events, i->second))
    st.readers.erase(i);
}

} // namespace

event_streams_state::event_streams_state()
  : events{make_instance_id(), kept_events} {
  // nop
}

event_streams_actor::behavior_type
event_streams(self_pointer self, const deploy_supervisor_actor& supervisor) {
  harden(self);
  follow_work(self, supervisor);
  self->delayed_send(self, heartbeat, caf::tick_atom::value);
  return {
    [self](const follow_call& x) { follow(self, x); },
    [self](const reader_ready& x) { on_room(self, x.reader); },
    [self](const reader_gone& x) { self->state.readers.erase(x.reader); },
    [self](const deploy_event& x) {
      publish(self, "event", to_json(x), x.project, x.stage);
    },
    [self](const deploy_report& x) {
      publish(self, "report", to_json(x), x.project, x.stage);
    },
    [self](const drift_event& x) {
      publish(self, "drift", to_json(x), x.what.project, x.what.stage);
    },
    [self](caf::tick_atom) { on_heartbeat(self); },
  };
}

} // namespace dw::api
