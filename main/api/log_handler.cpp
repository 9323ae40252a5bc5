#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/api/query.hpp"
#include "main/api/requested_stage.hpp"
#include "main/stage_reader.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace dw::api {

namespace {

// What is kept of a log for a slow reader: as much as the engine keeps of the
// container's, so that reading a log to its end loses nothing.
constexpr size_t max_backlog = 32 * 1024 * 1024;
// Of all readers together, for each of them may need so much.
constexpr size_t max_readers = 64;
// What is sent at once: `server_limits::stream_buffer` bounds the rest.
constexpr size_t piece_bytes = 64 * 1024;

/// @returns what a reader has to keep; null if there are too many.
std::shared_ptr<void> take_place() {
  static std::atomic<size_t> taken{0};
  if (++taken > max_readers) {
    --taken;
    return nullptr;
  }
  return {&taken, [](std::atomic<size_t>* x) { --*x; }};
}

caf::error too_many_readers(const call& x) {
  return make_failure(errc::busy,
                      {.operation = "read the log of",
                       .object = clean_text(x.args.at(0) + "/" + x.args.at(1)),
                       .reply = "too many logs are being read",
                       .hint = "Try again when others have ended."});
}

using log_writer_actor = log_listener_actor::extend_with<
  // INTERNAL: the reader has room again.
  caf::typed_actor<caf::reacts_to<caf::tick_atom>>>;

struct log_writer_state {
  static inline const char* name = "log-writer";

  log_writer_state() = default;

  std::shared_ptr<void> place;
  std::optional<server_stream> out;
  /// Say of each line which stream it was written to.
  bool tagged = false;
  /// What the reader has not taken yet.
  std::string backlog;
  size_t sent = 0;
  /// Lines that there was no room for since the last that there was.
  size_t dropped = 0;
  bool has_ended = false;
  /// Keeps the actor while the reader takes the rest; goes with it.
  log_writer_actor self;
};

using self_pointer = log_writer_actor::stateful_pointer<log_writer_state>;

void flush(self_pointer self) {
  auto& st = self->state;
  while (st.sent < st.backlog.size()) {
    auto piece = std::string_view{st.backlog}.substr(st.sent, piece_bytes);
    auto state = st.out->write(piece);
    if (state == server_stream_state::gone)
      self->quit();
    if (state != server_stream_state::taken)
      return;
    st.sent += piece.size();
  }
  st.backlog.clear();
  st.sent = 0;
  if (!st.has_ended)
    return;
  st.out->end();
  self->quit();
}

void add_line(self_pointer self, const log_line& line) {
  auto& st = self->state;
  if (st.backlog.size() + line.text.size() > max_backlog) {
    ++st.dropped;
    return;
  }
  auto dropped = std::exchange(st.dropped, 0);
  if (dropped > 0 && st.tagged)
    st.backlog += "gap " + std::to_string(dropped) + "\n";
  else if (dropped > 0)
    st.backlog += "[" + std::to_string(dropped) + " lines were dropped]\n";
  if (st.tagged)
    st.backlog += line.is_stderr ? "err " : "out ";
  st.backlog.append(line.text).push_back('\n');
  flush(self);
}

server_stream_events callbacks_of(self_pointer self) {
  server_stream_events result;
  result.on_gone = [whom = self->address()] {
    if (auto actor = caf::actor_cast<caf::actor>(whom))
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  };
  result.on_room = [whom = self->address()] {
    if (auto actor = caf::actor_cast<log_writer_actor>(whom))
      caf::anon_send(actor, caf::tick_atom::value);
  };
  return result;
}

// Writes a container's log to a client. It ends with the client, and then so
// does the reading.
log_writer_actor::behavior_type
log_writer(self_pointer self, std::shared_ptr<void> place,
           const log_source_actor& source, read_logs request, bool tagged,
           const responder& out) {
  self->state.place = std::move(place);
  self->state.tagged = tagged;
  self->state.out
    = out.begin_stream(200,
                       {{"Content-Type", secret{"text/plain; charset=utf-8"}},
                        {"Cache-Control", secret{"no-store"}}},
                       callbacks_of(self));
  if (!self->state.out)
    self->quit();
  else
    self
      ->request(source, caf::infinite, std::move(request),
                log_listener_actor{self})
      .then(
        [self](const done&) {
          auto& st = self->state;
          st.has_ended = true;
          // Whoever read the log kept us until now.
          st.self = log_writer_actor{self};
          flush(self);
        },
        // Without an end the client knows that something is missing.
        [self](caf::error& err) { self->quit(std::move(err)); });
  return {
    [self](const log_line& line) { add_line(self, line); },
    [self](caf::tick_atom) { flush(self); },
  };
}

caf::expected<read_logs> wanted_log(const server_request& x) {
  read_logs result;
  auto tail = number_of(x, "tail", -1);
  if (!tail)
    return std::move(tail.error());
  result.tail = *tail;
  for (auto [name, to] : {std::pair{"follow", &result.follow},
                          std::pair{"timestamps", &result.timestamps}}) {
    auto flag = flag_of(x, name);
    if (!flag)
      return std::move(flag.error());
    *to = *flag;
  }
  return result;
}

} // namespace

void stream_log(daemon& to, call& x) {
  auto wanted = wanted_log(x.request);
  auto tagged = flag_of(x.request, "tagged");
  if (!wanted || !tagged) {
    answer_problem(x.out, wanted ? tagged.error() : wanted.error());
    return;
  }
  to.post(std::move(x),
          [&to, request = *wanted, tagged = *tagged](const call& y) mutable {
            auto spec = stage_of(*to.config(), y);
            if (!spec) {
              answer_problem(y.out, spec.error());
              return;
            }
            if (auto node = y.request.parameter("node"))
              spec->place.nodes = {std::string{*node}};
            auto current = read_current(to.running(), *spec);
            if (!current) {
              answer_problem(y.out, current.error());
              return;
            }
            auto place = take_place();
            if (!place) {
              answer_problem(y.out, too_many_readers(y));
              return;
            }
            request.id = current->container.id;
            to.running().system().spawn(log_writer, place, current->logs,
                                        request, tagged, y.out);
          });
}

} // namespace dw::api
