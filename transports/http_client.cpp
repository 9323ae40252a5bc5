#include "transports/http_client.hpp"

#include "messages/types.hpp"
#include "transports/general_hint.hpp"
#include "transports/obligation.hpp"

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace dw {

/// INTERNAL: what the loop thread reports. Never leaves the process.
struct http_reports {
  std::vector<http_report> batch;
};

} // namespace dw

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::http_reports)

namespace dw {

namespace {

using internal_actor = http_client_actor::extend_with<
  caf::typed_actor<caf::reacts_to<http_reports>>>;

/// Mails what the loop thread reports to the actor. A foreign thread may do no
/// more than that: promises and state are the actor's.
class mailing_observer final : public http_observer {
public:
  explicit mailing_observer(const internal_actor& receiver)
    : receiver_{caf::actor_cast<caf::actor_addr>(receiver)} {
    // nop
  }

  void on_reports(std::vector<http_report> batch) override {
    if (auto receiver = caf::actor_cast<internal_actor>(receiver_))
      caf::anon_send(receiver, http_reports{std::move(batch)});
  }

private:
  // A strong reference would keep the actor from ending when nobody needs it.
  caf::actor_addr receiver_;
};

/// An exchange in flight.
struct exchange {
  std::string operation;
  std::string object;
  std::string peer;
  uint64_t ticket = 0;
  /// Null if nobody waits for the answer.
  caf::actor_addr asker;
  /// Null unless it is a stream.
  body_consumer_actor consumer;
  obligation<http_response> owed;

  caf::error make_error(errc code, std::string reply, std::string hint = {}) {
    return make_exchange_failure(code, {.operation = std::move(operation),
                                        .object = std::move(object),
                                        .peer = std::move(peer),
                                        .reply = std::move(reply),
                                        .hint = std::move(hint)});
  }
};

struct http_client_state {
  static inline const char* name = "http-client";

  ~http_client_state() {
    for (auto& [id, x] : exchanges)
      x.owed.settle(
        x.make_error(errc::service_restarted, "the HTTP client has ended"));
  }

  std::shared_ptr<http_loop> loop;
  std::shared_ptr<http_observer> observer;
  exchange_counter count;
  uint64_t last_id = 0;
  std::unordered_map<uint64_t, exchange> exchanges;
  /// Which exchanges each asker or consumer takes part in. Each is monitored
  /// once, and forgotten when it ends.
  std::unordered_map<caf::actor_addr, std::unordered_set<uint64_t>> parties;
};

using self_pointer = internal_actor::stateful_pointer<http_client_state>;

// -- bookkeeping --------------------------------------------------------------

void join(self_pointer self, const caf::actor_addr& party, uint64_t id) {
  if (!party)
    return;
  auto [i, is_new] = self->state.parties.try_emplace(party);
  i->second.insert(id);
  if (is_new)
    self->monitor(party);
}

void leave(http_client_state& st, const caf::actor_addr& party, uint64_t id) {
  if (auto i = st.parties.find(party); i != st.parties.end())
    i->second.erase(id);
}

/// Takes an exchange out. @returns none if it has ended already.
caf::optional<exchange> close(http_client_state& st, uint64_t id) {
  auto node = st.exchanges.extract(id);
  if (node.empty())
    return caf::none;
  auto& x = node.mapped();
  leave(st, x.asker, id);
  if (x.consumer)
    leave(st, x.consumer.address(), id);
  return std::move(x);
}

/// The exchanges of a party by the ticket that it knows them by.
std::vector<uint64_t> find(const http_client_state& st,
                           const caf::actor_addr& party, uint64_t ticket) {
  std::vector<uint64_t> result;
  auto i = st.parties.find(party);
  if (i != st.parties.end())
    for (auto id : i->second)
      if (st.exchanges.at(id).ticket == ticket)
        result.push_back(id);
  return result;
}

// -- requests -----------------------------------------------------------------

caf::result<http_response>
start(self_pointer self, http_request& request, body_consumer_actor consumer) {
  auto& st = self->state;
  auto id = ++st.last_id;
  auto streaming = consumer != nullptr;
  // Making the promise takes the sender away.
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  auto promise = self->make_response_promise<http_response>();
  join(self, asker, id);
  if (streaming)
    join(self, consumer.address(), id);
  // The loop's advice depends on the peer; the rest is for our errors alone.
  st.exchanges.emplace(id, exchange{std::move(request.operation),
                                    std::move(request.object), request.peer,
                                    request.ticket, std::move(asker),
                                    std::move(consumer), obligation{promise}});
  st.loop->start(id, std::move(request), streaming, st.observer);
  return promise;
}

caf::result<http_response>
start_stream(self_pointer self, http_request& request,
             body_consumer_actor& consumer) {
  if (consumer && request.ticket != 0)
    return start(self, request, std::move(consumer));
  return make_failure(errc::invalid_argument,
                      {.operation = std::move(request.operation),
                       .object = std::move(request.object),
                       .peer = std::move(request.peer),
                       .reply = "a stream needs a consumer and a ticket"});
}

void abort(http_client_state& st, uint64_t id, std::string reason) {
  st.loop->cancel(id);
  if (auto x = close(st, id))
    x->owed.settle(x->make_error(errc::cancelled, std::move(reason)));
}

void on_cancel(self_pointer self, uint64_t ticket) {
  auto& st = self->state;
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  for (auto id : find(st, asker, ticket))
    if (st.exchanges.at(id).asker == asker)
      abort(st, id, "cancelled");
}

void on_consumed(self_pointer self, const consumed& x) {
  auto& st = self->state;
  auto consumer = caf::actor_cast<caf::actor_addr>(self->current_sender());
  for (auto id : find(st, consumer, x.ticket))
    if (const auto& y = st.exchanges.at(id).consumer;
        y && y.address() == consumer)
      st.loop->resume(id, x.bytes);
}

void on_down(self_pointer self, const caf::actor_addr& party) {
  auto node = self->state.parties.extract(party);
  if (node.empty())
    return;
  for (auto id : node.mapped())
    abort(self->state, id, "whoever it was for has ended");
}

// -- reports ------------------------------------------------------------------

void deliver(self_pointer self, uint64_t id, http_chunk& x) {
  auto i = self->state.exchanges.find(id);
  if (i == self->state.exchanges.end())
    return; // cancelled
  self->send(i->second.consumer,
             body_chunk{i->second.ticket, x.status, std::move(x.bytes)});
}

void deliver(self_pointer self, uint64_t id, http_response& response) {
  auto x = close(self->state, id);
  if (!x)
    return;
  if (self->state.count)
    self->state.count(x->peer, response.status, errc{});
  response.operation = std::move(x->operation);
  response.object = std::move(x->object);
  response.peer = std::move(x->peer);
  x->owed.settle(std::move(response));
}

void deliver(self_pointer self, uint64_t id, http_failure& reason) {
  auto x = close(self->state, id);
  if (!x)
    return;
  if (self->state.count)
    self->state.count(x->peer, 0, reason.code);
  x->owed.settle(x->make_error(reason.code, std::move(reason.reply),
                               std::move(reason.hint)));
}

// -- the actor ----------------------------------------------------------------

caf::error to_error(const std::exception_ptr& thrown) {
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& x) {
    what = x.what();
  } catch (...) {
    // nop
  }
  return make_failure(errc::internal, {.object = http_client_state::name,
                                       .reply = std::move(what)});
}

internal_actor::behavior_type
http_client(self_pointer self, std::shared_ptr<http_loop> loop,
            exchange_counter count) {
  self->state.loop = std::move(loop);
  self->state.count = std::move(count);
  self->state.observer = std::make_shared<mailing_observer>(self);
  self->set_error_handler([](const caf::error&) {
    // nop: a stray error, which by default would end the actor
  });
  self->set_exception_handler(
    [](std::exception_ptr& thrown) { return to_error(thrown); });
  self->set_down_handler(
    [self](const caf::down_msg& x) { on_down(self, x.source); });
  return {
    [self](http_request& x) { return start(self, x, {}); },
    [self](http_request& x, body_consumer_actor& consumer) {
      return start_stream(self, x, consumer);
    },
    [self](const consumed& x) { on_consumed(self, x); },
    [self](const cancel& x) { on_cancel(self, x.ticket); },
    [self](http_reports& x) {
      for (auto& report : x.batch)
        std::visit([&](auto& what) { deliver(self, report.id, what); },
                   report.what);
    },
  };
}

} // namespace

http_client_actor
spawn_http_client(caf::actor_system& sys, std::shared_ptr<http_loop> loop,
                  exchange_counter count) {
  return sys.spawn(http_client, std::move(loop), std::move(count));
}

} // namespace dw
