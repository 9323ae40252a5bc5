#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/api/requested_stage.hpp"
#include "main/stage_reader.hpp"
#include "messages/error.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <charconv>

namespace dw::api {

namespace {

struct log_writer_state {
  static inline const char* name = "log-writer";

  log_writer_state() = default;

  std::optional<server_stream> out;
  /// Lines that the client was too slow for.
  size_t dropped = 0;
};

using self_pointer = log_listener_actor::stateful_pointer<log_writer_state>;

void write_line(self_pointer self, const log_line& line) {
  auto& st = self->state;
  std::string text;
  if (st.dropped > 0)
    text = "[" + std::to_string(st.dropped) + " lines were dropped]\n";
  text += line.text + "\n";
  switch (st.out->write(text)) {
    case server_stream_state::taken:
      st.dropped = 0;
      break;
    case server_stream_state::full:
      ++st.dropped;
      break;
    case server_stream_state::gone:
      self->quit();
  }
}

// Writes a container's log to a client. It ends with the client, and then so
// does the reading.
log_listener_actor::behavior_type
log_writer(self_pointer self, const container_manager_actor& containers,
           read_logs request, const responder& out) {
  server_stream_events callbacks;
  callbacks.on_gone = [whom = self->address()] {
    if (auto actor = caf::actor_cast<caf::actor>(whom))
      caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  };
  self->state.out
    = out.begin_stream(200,
                       {{"Content-Type", secret{"text/plain; charset=utf-8"}},
                        {"Cache-Control", secret{"no-store"}}},
                       std::move(callbacks));
  if (!self->state.out)
    self->quit();
  else
    self
      ->request(containers, caf::infinite, std::move(request),
                log_listener_actor{self})
      .then(
        [self](const done&) {
          self->state.out->end();
          self->quit();
        },
        // Without an end the client knows that something is missing.
        [self](caf::error& err) { self->quit(std::move(err)); });
  return {
    [self](const log_line& line) { write_line(self, line); },
  };
}

// How many lines a client wants: all if it does not say.
caf::expected<int64_t> tail_of(const server_request& request) {
  auto text = request.parameter("tail");
  if (!text)
    return int64_t{-1};
  int64_t result = 0;
  auto [end, err]
    = std::from_chars(text->data(), text->data() + text->size(), result);
  if (err == std::errc{} && end == text->data() + text->size() && result >= 0)
    return result;
  return make_failure(errc::invalid_argument,
                      {.operation = "read the log",
                       .reply = "tail is no number of lines"});
}

bool is_set(const server_request& request, std::string_view name) {
  auto value = request.parameter(name);
  return value && *value != "0" && *value != "false";
}

} // namespace

void stream_log(daemon& to, call& x) {
  auto tail = tail_of(x.request);
  if (!tail) {
    answer_problem(x.out, tail.error());
    return;
  }
  read_logs request;
  request.tail = *tail;
  request.follow = is_set(x.request, "follow");
  request.timestamps = is_set(x.request, "timestamps");
  to.post(std::move(x), [&to, request](const call& y) mutable {
    auto spec = stage_of(*to.config(), y);
    if (!spec) {
      answer_problem(y.out, spec.error());
      return;
    }
    auto current = read_current(to.running(), *spec);
    if (!current) {
      answer_problem(y.out, current.error());
      return;
    }
    request.id = current->id;
    to.running().system().spawn(log_writer, to.running().svc().containers,
                                request, y.out);
  });
}

} // namespace dw::api
