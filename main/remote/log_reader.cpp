#include "main/remote/log_lines.hpp"
#include "main/remote/reading.hpp"
#include "messages/error.hpp"
#include "transports/obligation.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace dw::remote {

namespace {

// Reads one log: the request comes complete, and is answered at its end.
using reader_actor = body_consumer_actor::extend_with<
  caf::typed_actor<caf::replies_to<http_request>::with<done>>>;

struct reader_state {
  static inline const char* name = "remote-log-reader";

  reader_state() = default;

  http_client_actor http;
  log_listener_actor listener;
  log_lines decoder;
  /// What an answer that is no 200 says.
  std::string refusal;
  caf::error broken;
  obligation<done> owed;
};

using self_pointer = reader_actor::stateful_pointer<reader_state>;

void on_chunk(self_pointer self, const body_chunk& chunk) {
  auto& st = self->state;
  self->send(st.http, consumed{chunk.ticket, chunk.bytes.size()});
  if (st.broken)
    return;
  if (chunk.status != 200) {
    st.refusal += chunk.bytes;
    return;
  }
  auto lines = st.decoder.feed(chunk.bytes);
  if (lines) {
    for (auto& line : *lines)
      self->send(st.listener, std::move(line));
    return;
  }
  st.broken = std::move(lines.error());
  self->send(st.http, cancel{chunk.ticket});
}

caf::result<done> start(self_pointer self, http_request& request) {
  auto& st = self->state;
  auto promise = self->make_response_promise<done>();
  st.owed = obligation{promise};
  request.ticket = 1;
  self
    ->request(st.http, caf::infinite, std::move(request),
              body_consumer_actor{self})
    .then(
      [self](http_response& response) {
        auto& state = self->state;
        response.body = std::move(state.refusal);
        if (response.status == 200)
          state.owed.settle(done{});
        else
          state.owed.settle(to_error(response));
      },
      [self](const caf::error& err) {
        auto& state = self->state;
        state.owed.settle(state.broken ? state.broken : explain(err));
      });
  return promise;
}

reader_actor::behavior_type
reader(self_pointer self, http_client_actor http, log_listener_actor listener) {
  self->state.http = std::move(http);
  self->state.listener = std::move(listener);
  return {
    [self](const body_chunk& x) { on_chunk(self, x); },
    [self](http_request& x) { return start(self, x); },
  };
}

} // namespace

caf::expected<done>
read_log(session& running, const deploy_spec& spec, const read_logs& what,
         const log_listener_actor& listener) {
  auto worker = running.system().spawn(reader, running.http(), listener);
  caf::expected<done> result{caf::sec::runtime_error};
  caf::scoped_actor self{running.system()};
  self
    ->request(worker, caf::infinite,
              requests::address(requests::follow_log(spec, what),
                                running.server()))
    .receive([&](const done& x) { result = x; },
             [&](caf::error& err) { result = std::move(err); });
  self->send_exit(worker, caf::exit_reason::user_shutdown);
  return result;
}

} // namespace dw::remote
