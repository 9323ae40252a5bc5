#pragma once

#include "messages/interfaces.hpp"
#include "tests/support/actor_fixture.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

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
                            std::vector<http_header> headers = {});

  /// Ends the exchange with an error.
  scripted_exchange&
  fail(errc code, std::string reply = {}, std::string hint = {});

  /// Sends a piece of a stream. Heeds no window: see `acknowledged`.
  scripted_exchange& chunk(std::string bytes, int status = 200);

  /// Serves any number of requests in the same way, also none.
  scripted_exchange& always();

  // -- what came -------------------------------------------------------------

  bool asked() const {
    return !requests_.empty();
  }

  /// The last request, which must have come.
  const http_request& request() const;

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

  scripted_exchange& add(step x);

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
scripted_exchange::matcher target_begins(std::string prefix);

/// Stands in for the HTTP CLIENT, and for the ENGINE GATEWAY: answers what the
/// test foresees and fails the test on everything else. A request takes the
/// first exchange that matches and is not taken; so requests that do not depend
/// on each other may come in any order. On destruction, fails the test if a
/// foreseen request has not come.
class scripted_http {
public:
  explicit scripted_http(actor_fixture& fixture);
  ~scripted_http();
  scripted_http(const scripted_http&) = delete;
  scripted_http& operator=(const scripted_http&) = delete;

  /// Converts to `http_client_actor`.
  engine_gateway_actor actor() const;

  /// Foresees a request. References stay valid.
  scripted_exchange& on(http_method method, std::string target);
  scripted_exchange& on(http_method method, scripted_exchange::matcher accept);

  /// Foresees a `ping_engine`.
  void on_ping(caf::expected<engine_info> answer);

  /// Every request that came, as "GET /target", in order.
  const std::vector<std::string>& log() const;

private:
  class player;
  struct book;

  scripted_exchange&
  add(std::string label, http_method method, scripted_exchange::matcher accept);

  std::shared_ptr<book> book_;
  engine_gateway_actor actor_;
};

} // namespace dw::test
