#include "actors/proxy_exchange.hpp"

#include "actors/exchange.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"

#include <memory>

namespace dw {

namespace {

/// An exchange on its way through the rules for tokens.
class token_exchange : public std::enable_shared_from_this<token_exchange> {
public:
  using outcome = std::function<void(caf::expected<http_response>, bool)>;

  token_exchange(proxy_registrar_pointer self, uint64_t number,
                 request_builder build, outcome next)
    : self_{self}, number_{number}, build_{std::move(build)}, next_{std::move(
                                                                next)} {
    // nop
  }

  void start() {
    self_->request(self_->state.tokens, caf::infinite, get_token{})
      .then([x = shared_from_this()](
              const proxy_token& token) { x->send(token.value); },
            [x = shared_from_this()](caf::error& err) {
              x->finish(std::move(err));
            });
  }

private:
  void send(const secret& token) {
    auto& st = self_->state;
    auto call = st.calls.find(number_);
    if (call == st.calls.end())
      return; // cancelled
    auto request = build_(token);
    if (!request)
      return finish(std::move(request.error()));
    request->ticket = number_;
    if (call->second.timeout.count() > 0)
      request->deadlines.total = call->second.timeout;
    self_->request(st.http, caf::infinite, at(st.endpoint, std::move(*request)))
      .then([x = shared_from_this(),
             token](http_response& response) { x->judge(token, response); },
            [x = shared_from_this()](caf::error& err) {
              x->finish(std::move(err));
            });
  }

  void judge(const secret& token, http_response& response) {
    if (response.status < 400) {
      self_->state.proved = self_->clock().now();
      return finish(std::move(response));
    }
    auto code = code_of(npm::to_error(response));
    if (code == errc::unauthorized)
      replace(token, std::move(response));
    else if (response.status == 500)
      consult(token, std::move(response));
    else
      finish(std::move(response));
  }

  /// A token that NPM cannot read any more is a 500 like any failure of it. The
  /// refresh fails in the first case only.
  void consult(const secret& token, http_response response) {
    auto is_bad = [](const caf::error& err) {
      return code_of(err) == errc::unauthorized
             || (failure_of(err).status != 0 && !is_transient(err));
    };
    self_->request(self_->state.tokens, caf::infinite, refresh_token{})
      .then([x = shared_from_this(),
             response](const proxy_token&) { x->finish(response); },
            [x = shared_from_this(), response, token, is_bad](caf::error& err) {
              if (is_bad(err))
                x->replace(token, response);
              else
                x->finish(response);
            });
  }

  void replace(const secret& token, http_response response) {
    self_->request(self_->state.tokens, caf::infinite, replace_token{{}, token})
      .then([x = shared_from_this(),
             response](const proxy_token&) { x->finish(response, true); },
            [x = shared_from_this()](caf::error& err) {
              x->finish(std::move(err));
            });
  }

  void
  finish(caf::expected<http_response> result, bool token_replaced = false) {
    if (self_->state.calls.contains(number_))
      next_(std::move(result), token_replaced);
  }

  proxy_registrar_pointer self_;
  uint64_t number_;
  request_builder build_;
  outcome next_;
};

} // namespace

void exchange_once(
  proxy_registrar_pointer self, uint64_t number, request_builder build,
  std::function<void(caf::expected<http_response>, bool)> next) {
  std::make_shared<token_exchange>(self, number, std::move(build),
                                   std::move(next))
    ->start();
}

void exchange(proxy_registrar_pointer self, uint64_t number,
              request_builder build, continuation<http_response> next) {
  exchange_once(self, number, build,
                [self, number, build, next](
                  caf::expected<http_response> response, bool token_replaced) {
                  if (!token_replaced)
                    return next(std::move(response));
                  exchange_once(self, number, build,
                                [next](caf::expected<http_response> again,
                                       bool) { next(std::move(again)); });
                });
}

void after(proxy_registrar_pointer self, std::chrono::milliseconds pause,
           std::function<void()> next) {
  auto number = ++self->state.last_pause;
  self->state.pauses.emplace(number, std::move(next));
  self->delayed_send(self, pause, caf::tick_atom_v, number);
}

} // namespace dw
