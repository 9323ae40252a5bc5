#include "tests/support/scripted_http.hpp"

#include "transports/obligation.hpp"

#include <caf/actor_cast.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <deque>
#include <exception>
#include <iterator>
#include <map>

namespace dw::test {

/// Tells the actor that its script has grown.
struct script_grown {};

} // namespace dw::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::test::script_grown)

namespace dw::test {

// -- the script ---------------------------------------------------------------

scripted_exchange& scripted_exchange::answer(int status, std::string body,
                                             std::vector<http_header> headers) {
  http_response x;
  x.status = status;
  x.body = std::move(body);
  x.headers = std::move(headers);
  return add(std::move(x));
}

scripted_exchange&
scripted_exchange::fail(errc code, std::string reply, std::string hint) {
  return add(problem{code, std::move(reply), std::move(hint)});
}

scripted_exchange& scripted_exchange::chunk(std::string bytes, int status) {
  return add(body_chunk{0, status, std::move(bytes)});
}

scripted_exchange& scripted_exchange::always() {
  always_ = true;
  return *this;
}

scripted_exchange& scripted_exchange::add(step x) {
  steps_.push_back(std::move(x));
  if (on_growth_)
    on_growth_();
  return *this;
}

const http_request& scripted_exchange::request() const {
  if (!asked())
    BOOST_FAIL("never asked: " << label_);
  return requests_.back();
}

scripted_exchange::matcher target_begins(std::string prefix) {
  return [prefix = std::move(prefix)](const http_request& x) {
    return x.target.starts_with(prefix);
  };
}

// -- the actor ----------------------------------------------------------------

/// What the test and the actor share; both run on the test's thread.
struct scripted_http::book {
  using exchange_ptr = std::shared_ptr<scripted_exchange>;

  std::vector<exchange_ptr> exchanges;
  std::deque<caf::expected<engine_info>> pings;
  std::vector<std::string> log;
};

/// The actor's behavior; a class, to be a friend of what it plays.
class scripted_http::player {
public:
  using interface = engine_gateway_actor::extend_with<
    caf::typed_actor<caf::reacts_to<script_grown>>>;

  using exchange_ptr = book::exchange_ptr;

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

  using self_pointer = interface::stateful_pointer<state>;

  static interface::behavior_type
  behavior(self_pointer self, std::shared_ptr<book> shared);

private:
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

  static caf::result<engine_info> ping(self_pointer self) {
    auto& shared = *self->state.shared;
    shared.log.emplace_back("ping");
    if (shared.pings.empty()) {
      BOOST_ERROR("unscripted ping");
      return make_failure(errc::internal, {.operation = "ping"});
    }
    auto next = std::move(shared.pings.front());
    shared.pings.pop_front();
    if (!next)
      return std::move(next.error());
    return std::move(*next);
  }
};

scripted_http::player::interface::behavior_type
scripted_http::player::behavior(self_pointer self,
                                std::shared_ptr<book> shared) {
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
    [self](const ping_engine&) { return ping(self); },
    [self](script_grown) { play_all(self); },
  };
}

// -- what the test sees -------------------------------------------------------

scripted_http::scripted_http(actor_fixture& fixture)
  : book_{std::make_shared<book>()}, actor_{fixture.keep(fixture.sys.spawn(
                                       player::behavior, book_))} {
  fixture.run();
}

scripted_http::~scripted_http() {
  if (std::uncaught_exceptions() > 0)
    return;
  for (auto& x : book_->exchanges)
    if (!x->asked() && !x->always_)
      BOOST_ERROR("never asked: " << x->label_);
  if (!book_->pings.empty())
    BOOST_ERROR("never pinged");
}

engine_gateway_actor scripted_http::actor() const {
  return actor_;
}

scripted_exchange& scripted_http::on(http_method method, std::string target) {
  auto label = to_string(method) + " " + target;
  return add(std::move(label), method,
             [target = std::move(target)](const http_request& x) {
               return x.target == target;
             });
}

scripted_exchange&
scripted_http::on(http_method method, scripted_exchange::matcher accept) {
  return add(to_string(method) + " (by predicate)", method, std::move(accept));
}

void scripted_http::on_ping(caf::expected<engine_info> answer) {
  book_->pings.push_back(std::move(answer));
}

const std::vector<std::string>& scripted_http::log() const {
  return book_->log;
}

scripted_exchange& scripted_http::add(std::string label, http_method method,
                                      scripted_exchange::matcher accept) {
  auto x = std::make_shared<scripted_exchange>(
    std::move(label),
    [method, accept = std::move(accept)](const http_request& request) {
      return request.method == method && accept(request);
    });
  auto whom = caf::actor_cast<caf::actor>(actor_);
  x->on_growth_ = [whom] { caf::anon_send(whom, script_grown{}); };
  book_->exchanges.push_back(x);
  return *x;
}

} // namespace dw::test
