#pragma once

#include "messages/error.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/after.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace dw::test {

/// The variable of the environment, empty if it is not set.
inline std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// Actors that run by themselves, on CAF's own scheduler and clock, to be asked
/// by a test that talks to real servers. What takes longer than `patience`
/// fails the test.
class live_actors {
public:
  static constexpr std::chrono::seconds patience{50};

  live_actors() : sys{config_}, self{sys, true} {
    // nop
  }

  live_actors(const live_actors&) = delete;
  live_actors& operator=(const live_actors&) = delete;

  // -- asking -----------------------------------------------------------------

  /// Sends a request, whose answer is to be fetched later: see `outcome`.
  template <class Handle, class... Ts>
  auto begin(const Handle& whom, Ts... xs) {
    return self->request(whom, patience, std::move(xs)...);
  }

  /// Waits for an answer to `begin`.
  template <class T, class Response>
  static caf::expected<T> outcome(Response&& response) {
    caf::expected<T> result{caf::error{}};
    response.receive([&](T& x) { result = std::move(x); },
                     [&](caf::error& err) { result = std::move(err); });
    return result;
  }

  template <class T, class Handle, class... Ts>
  caf::expected<T> try_ask(const Handle& whom, Ts... xs) {
    return outcome<T>(begin(whom, std::move(xs)...));
  }

  /// The answer; the test ends if there is none.
  template <class T, class Handle, class... Ts>
  T ask(const Handle& whom, Ts... xs) {
    auto result = try_ask<T>(whom, std::move(xs)...);
    if (!result)
      BOOST_FAIL("failed: " << render(result.error()));
    return std::move(*result);
  }

  /// The error; the test ends if there is an answer.
  template <class T, class Handle, class... Ts>
  caf::error refusal(const Handle& whom, Ts... xs) {
    auto result = try_ask<T>(whom, std::move(xs)...);
    BOOST_REQUIRE_MESSAGE(!result, "did not fail");
    return result.error();
  }

  /// Another asker, who waits for the answer until it is killed.
  template <class T, class Handle, class... Ts>
  caf::actor spawn_asker(const Handle& whom, Ts... xs) {
    return sys.spawn([=](caf::event_based_actor* asker) -> caf::behavior {
      asker->request(whom, caf::infinite, xs...)
        .then([](const T&) {}, [](caf::error&) {});
      return {[](caf::unit_t) {}};
    });
  }

  static void kill(const caf::actor& asker) {
    caf::anon_send_exit(asker, caf::exit_reason::kill);
  }

  // -- being told -------------------------------------------------------------

  /// The test as a listener, whose messages `next` and `all` take.
  template <class Listener>
  Listener as() {
    return caf::actor_cast<Listener>(self.ptr());
  }

  /// Waits for the next message of that type.
  template <class T>
  T next() {
    std::vector<T> result;
    self->receive([&](T& x) { result.push_back(std::move(x)); },
                  caf::after(patience) >> [] {});
    BOOST_REQUIRE_MESSAGE(!result.empty(), "was told nothing");
    return std::move(result.front());
  }

  /// Those messages of that type that are here already. Whoever tells and then
  /// answers, in this order, has told all when the answer is here.
  template <class T>
  std::vector<T> all() {
    std::vector<T> result;
    auto more = true;
    while (more)
      self->receive([&](T& x) { result.push_back(std::move(x)); },
                    caf::after(std::chrono::seconds{0}) >>
                      [&] { more = false; });
    return result;
  }

  // -- waiting ----------------------------------------------------------------

  /// Polls a condition that no event tells of.
  /// @returns whether it was met in time.
  template <class Condition>
  static bool comes_true(Condition is_met) {
    constexpr auto pace = std::chrono::milliseconds{20};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!is_met()) {
      if (std::chrono::steady_clock::now() > deadline)
        return false;
      std::this_thread::sleep_for(pace);
    }
    return true;
  }

private:
  struct config : caf::actor_system_config {
    config() {
      dw::add_message_types(*this);
    }
  };

  config config_;

public:
  caf::actor_system sys;
  caf::scoped_actor self;
};

/// An error has this code, and `object` is in it, whole or as people see it.
inline void check_failure(const caf::error& err, errc code,
                          const std::string& object = {}) {
  BOOST_TEST(to_string(code_of(err)) == to_string(code), render(err));
  auto text = failure_of(err).object + "\n" + render(err);
  BOOST_TEST(text.find(object) != std::string::npos, text);
}

} // namespace dw::test
