#pragma once

#include "messages/interfaces.hpp"
#include "messages/types.hpp"
#include "tests/support/actor_fixture.hpp"
#include "transports/obligation.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <exception>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dw::test {

/// INTERNAL: tells the actor that its script has grown.
struct script_grown {};

} // namespace dw::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::test::script_grown)

namespace dw::test {

/// An exchange that a test foresees: what it answers, and then what came. The
/// answer may also be given after the request has come, which is how a test
/// holds one back; deliver it with `run`.
class scripted_exchange {
public:
  using matcher = std::function<bool(const http_request&)>;

  scripted_exchange(std::string label, matcher matches)
    : label_{std::move(label)}, matches_{std::move(matches)} {
    // nop
  }

  // -- the script ------------------------------------------------------------

  /// Ends the exchange with an answer; for a stream: ends the stream.
  scripted_exchange& answer(int status, std::string body = {},
                            std::vector<http_header> headers = {}) {
    http_response x;
    x.status = status;
    x.body = std::move(body);
    x.headers = std::move(headers);
    return add(std::move(x));
  }

  /// Ends the exchange with an error.
  scripted_exchange&
  fail(errc code, std::string reply = {}, std::string hint = {}) {
    return add(problem{code, std::move(reply), std::move(hint)});
  }

  /// Sends a piece of a stream. Heeds no window: see `acknowledged`.
  scripted_exchange& chunk(std::string bytes, int status = 200) {
    return add(body_chunk{0, status, std::move(bytes)});
  }

  /// Serves any number of requests in the same way, also none.
  scripted_exchange& always() {
    always_ = true;
    return *this;
  }

  // -- what came -------------------------------------------------------------

  bool asked() const {
    return !requests_.empty();
  }

  /// The last request, which must have come.
  const http_request& request() const {
    if (!asked())
      BOOST_FAIL("never asked: " << label_);
    return requests_.back();
  }

  /// All requests, in order.
  const std::vector<http_request>& requests() const {
    return requests_;
  }

  /// Whether the asker cancelled it, by message or by ending.
  bool cancelled() const {
    return cancelled_;
  }

  /// How many bytes of the stream the consumer has acknowledged.
  uint64_t acknowledged() const {
    return acknowledged_;
  }

private:
  friend class scripted_http;

  struct problem {
    errc code;
    std::string reply;
    std::string hint;
  };

  using step = std::variant<body_chunk, http_response, problem>;

  scripted_exchange& add(step x) {
    steps_.push_back(std::move(x));
    if (on_growth_)
      on_growth_();
    return *this;
  }

  std::string label_;
  matcher matches_;
  std::vector<step> steps_;
  std::function<void()> on_growth_;
  bool always_ = false;
  std::vector<http_request> requests_;
  caf::actor_addr consumer_;
  bool cancelled_ = false;
  uint64_t acknowledged_ = 0;
};

/// Matches every target that begins with `prefix`.
inline scripted_exchange::matcher target_begins(std::string prefix) {
  return [prefix = std::move(prefix)](const http_request& x) {
    return x.target.compare(0, prefix.size(), prefix) == 0;
  };
}

/// Stands in for the HTTP CLIENT, and for the ENGINE GATEWAY: answers what the
/// test foresees and fails the test on everything else. A request takes the
/// first exchange that matches and is not taken; so requests that do not depend
/// on each other may come in any order. On destruction, fails the test if a
/// foreseen request has not come.
class scripted_http {
public:
  explicit scripted_http(actor_fixture& fixture)
    : book_{std::make_shared<book>()}, actor_{fixture.keep(
                                         fixture.sys.spawn(behavior, book_))} {
    fixture.run();
  }

  ~scripted_http() {
    if (std::uncaught_exceptions() > 0)
      return;
    for (auto& x : book_->exchanges)
      if (!x->asked() && !x->always_)
        BOOST_ERROR("never asked: " << x->label_);
    if (!book_->pings.empty())
      BOOST_ERROR("never pinged");
  }

  scripted_http(const scripted_http&) = delete;
  scripted_http& operator=(const scripted_http&) = delete;

  /// Converts to `http_client_actor`.
  engine_gateway_actor actor() const {
    return actor_;
  }

  /// Foresees a request. References stay valid.
  scripted_exchange& on(http_method method, std::string target) {
    auto label = to_string(method) + " " + target;
    return add(std::move(label), method,
               [target](const http_request& x) { return x.target == target; });
  }

  scripted_exchange& on(http_method method, scripted_exchange::matcher accept) {
    return add(to_string(method) + " (by predicate)", method,
               std::move(accept));
  }

  /// Foresees a `ping_engine`.
  void on_ping(caf::expected<engine_info> answer) {
    book_->pings.push_back(std::move(answer));
  }

  /// Every request that came, as "GET /target", in order.
  const std::vector<std::string>& log() const {
    return book_->log;
  }

private:
  using exchange_ptr = std::shared_ptr<scripted_exchange>;

  /// What the test and the actor share; both run on the test's thread.
  struct book {
    std::vector<exchange_ptr> exchanges;
    std::deque<caf::expected<engine_info>> pings;
    std::vector<std::string> log;
  };

  using internal_actor = engine_gateway_actor::extend_with<
    caf::typed_actor<caf::reacts_to<script_grown>>>;

  /// A request that is not answered yet.
  struct open_exchange {
    exchange_ptr script;
    size_t next_step = 0;
    http_request request;
    caf::actor_addr asker;
    body_consumer_actor consumer;
    obligation<http_response> owed;
  };

  struct state {
    static inline const char* name = "scripted-http";

    std::shared_ptr<book> shared;
    std::map<uint64_t, open_exchange> open;
    uint64_t last_id = 0;
  };

  using self_pointer = internal_actor::stateful_pointer<state>;

  scripted_exchange& add(std::string label, http_method method,
                         scripted_exchange::matcher accept) {
    auto x = std::make_shared<scripted_exchange>(
      std::move(label), [method, accept](const http_request& request) {
        return request.method == method && accept(request);
      });
    x->on_growth_ = [hdl = actor_] { caf::anon_send(hdl, script_grown{}); };
    book_->exchanges.push_back(x);
    return *x;
  }

  static caf::error make_error(const http_request& request, errc code,
                               std::string reply, std::string hint) {
    return make_failure(code, {.operation = request.operation,
                               .object = request.object,
                               .peer = request.peer,
                               .reply = std::move(reply),
                               .hint = std::move(hint)});
  }

  static exchange_ptr find(book& shared, const http_request& request) {
    for (auto& x : shared.exchanges)
      if ((x->always_ || !x->asked()) && x->matches_(request))
        return x;
    return nullptr;
  }

  static caf::result<http_response>
  take(self_pointer self, http_request& request, body_consumer_actor consumer) {
    auto& st = self->state;
    st.shared->log.push_back(to_string(request));
    auto script = find(*st.shared, request);
    if (!script) {
      BOOST_ERROR("unscripted request: " << to_string(request));
      return make_error(request, errc::internal, "unscripted request", {});
    }
    script->requests_.push_back(request);
    script->consumer_ = caf::actor_cast<caf::actor_addr>(consumer);
    // Making the promise takes the sender away.
    auto asker = self->current_sender();
    auto promise = self->make_response_promise<http_response>();
    open_exchange x{
      std::move(script),   0,
      std::move(request),  caf::actor_cast<caf::actor_addr>(asker),
      std::move(consumer), obligation<http_response>{promise}};
    if (asker)
      self->monitor(asker);
    if (x.consumer)
      self->monitor(x.consumer);
    st.open.emplace(++st.last_id, std::move(x));
    play_all(self);
    return promise;
  }

  /// Plays the steps that are there. @returns whether that ended the exchange.
  static bool play(self_pointer self, open_exchange& x) {
    while (x.next_step < x.script->steps_.size()) {
      auto step = x.script->steps_[x.next_step++];
      if (auto* chunk = std::get_if<body_chunk>(&step)) {
        BOOST_CHECK_MESSAGE(x.consumer, "a stream, but nobody consumes it: "
                                          << to_string(x.request));
        chunk->ticket = x.request.ticket;
        self->send(x.consumer, std::move(*chunk));
      } else if (auto* response = std::get_if<http_response>(&step)) {
        response->operation = x.request.operation;
        response->object = x.request.object;
        response->peer = x.request.peer;
        x.owed.settle(std::move(*response));
        return true;
      } else {
        auto& y = std::get<scripted_exchange::problem>(step);
        x.owed.settle(make_error(x.request, y.code, y.reply, y.hint));
        return true;
      }
    }
    return false;
  }

  static void play_all(self_pointer self) {
    auto& open = self->state.open;
    for (auto i = open.begin(); i != open.end();)
      i = play(self, i->second) ? open.erase(i) : std::next(i);
  }

  /// Ends the exchanges that satisfy `affected`.
  template <class Predicate>
  static void abort(self_pointer self, Predicate affected) {
    auto& open = self->state.open;
    for (auto i = open.begin(); i != open.end();) {
      auto& x = i->second;
      if (!affected(x)) {
        ++i;
        continue;
      }
      x.script->cancelled_ = true;
      x.owed.settle(make_error(x.request, errc::cancelled, "cancelled", {}));
      i = open.erase(i);
    }
  }

  static void acknowledge(self_pointer self, const consumed& ack) {
    auto sender = caf::actor_cast<caf::actor_addr>(self->current_sender());
    for (auto& x : self->state.shared->exchanges)
      if (x->asked() && x->consumer_ == sender
          && x->request().ticket == ack.ticket)
        x->acknowledged_ += ack.bytes;
  }

  static internal_actor::behavior_type
  behavior(self_pointer self, std::shared_ptr<book> shared) {
    self->state.shared = std::move(shared);
    self->set_error_handler([](caf::error&) {
      // nop: stray errors are no business of a stand-in
    });
    self->set_down_handler([self](const caf::down_msg& x) {
      abort(self, [&x](const open_exchange& open) {
        return open.asker == x.source || open.consumer == x.source;
      });
    });
    return {
      [self](http_request& x) { return take(self, x, {}); },
      [self](http_request& x, body_consumer_actor& consumer) {
        BOOST_CHECK_MESSAGE(x.ticket != 0, "a stream needs a ticket");
        return take(self, x, std::move(consumer));
      },
      [self](const consumed& x) { acknowledge(self, x); },
      [self](const cancel& x) {
        auto sender = caf::actor_cast<caf::actor_addr>(self->current_sender());
        abort(self, [&](const open_exchange& open) {
          return open.request.ticket == x.ticket && open.asker == sender;
        });
      },
      [self](const ping_engine&) -> caf::result<engine_info> {
        auto& pings = self->state.shared->pings;
        self->state.shared->log.emplace_back("ping");
        if (pings.empty()) {
          BOOST_ERROR("unscripted ping");
          return make_failure(errc::internal, {.operation = "ping"});
        }
        auto next = std::move(pings.front());
        pings.pop_front();
        if (!next)
          return std::move(next.error());
        return std::move(*next);
      },
      [self](script_grown) { play_all(self); },
    };
  }

  std::shared_ptr<book> book_;
  internal_actor actor_;
};

} // namespace dw::test
