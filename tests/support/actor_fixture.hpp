#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

namespace dw::test {

/// Configures CAF to run actors only when a test says so, under a clock that
/// moves only when a test says so.
struct actor_config : caf::actor_system_config {
  actor_config();
};

/// A request under way, made by an actor of its own: the asker. Copies refer to
/// the same request.
template <class T>
class pending {
public:
  pending(caf::actor asker,
          std::shared_ptr<std::optional<caf::expected<T>>> slot)
    : asker_{std::move(asker)}, slot_{std::move(slot)} {
    // nop
  }

  /// Whether it is answered.
  bool ready() const {
    return slot_->has_value();
  }

  /// The answer, which must be there.
  caf::expected<T>& get() const {
    BOOST_REQUIRE_MESSAGE(ready(), "no answer yet");
    return **slot_;
  }

  /// The value, which must be there.
  T& value() const {
    auto& answer = get();
    if (!answer) // the message of BOOST_REQUIRE_MESSAGE is always rendered
      BOOST_FAIL("failed: " << render(answer.error()));
    return *answer;
  }

  /// The error, which must be there.
  const caf::error& error() const {
    auto& answer = get();
    BOOST_REQUIRE_MESSAGE(!answer, "did not fail");
    return answer.error();
  }

  /// Who asks; ends with the answer.
  const caf::actor& asker() const {
    return asker_;
  }

private:
  caf::actor asker_;
  std::shared_ptr<std::optional<caf::expected<T>>> slot_;
};

/// Runs actors step by step on the test's thread. There is nothing to wait for
/// and nothing to be flaky: what has not happened after `run` never will.
///
/// Never use BOOST_REQUIRE in a handler of an actor: it throws into CAF, which
/// terminates the actor but not the test. BOOST_CHECK and BOOST_ERROR are fine.
class actor_fixture {
public:
  actor_fixture();
  virtual ~actor_fixture();

  actor_fixture(const actor_fixture&) = delete;
  actor_fixture& operator=(const actor_fixture&) = delete;

  // -- running ---------------------------------------------------------------

  /// Delivers messages until all mailboxes are empty. Time stands still.
  void run();

  /// Moves the clock, delivering what falls due in order, timers that renew
  /// themselves as often as they fall due.
  void advance(std::chrono::nanoseconds dt);

  /// Registers an actor to be killed with the fixture: the actor system's
  /// destructor waits for every actor. Returns its argument.
  template <class Handle>
  Handle keep(Handle hdl) {
    kept_.emplace_back(caf::actor_cast<caf::actor>(hdl));
    return hdl;
  }

  /// Ends an actor at once and delivers whatever that sets in motion.
  template <class Handle>
  void kill(const Handle& hdl) {
    caf::anon_send_exit(hdl, caf::exit_reason::kill);
    run();
  }

  // -- asking ----------------------------------------------------------------

  /// Sends a request from an actor of its own, and delivers nothing yet.
  template <class T, class Handle, class... Ts>
  pending<T> request(const Handle& hdl, Ts... xs) {
    auto slot = std::make_shared<std::optional<caf::expected<T>>>();
    auto asker = keep(sys.spawn([=](caf::event_based_actor* me) {
      me->request(hdl, caf::infinite, xs...)
        .then([slot](T& x) { slot->emplace(std::move(x)); },
              [slot](caf::error& x) { slot->emplace(std::move(x)); });
    }));
    if (sched.prioritize(asker))
      sched.run_once();
    return {asker, slot};
  }

  /// Sends a request, delivers everything, and returns the answer, which must
  /// be there then.
  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& hdl, Ts... xs) {
    auto answer = request<T>(hdl, std::move(xs)...);
    run();
    return answer.get();
  }

  /// Lets time pass until there is an answer, at most six hours.
  /// @returns its value, which must be there then.
  template <class T>
  T& wait_for(const pending<T>& answer) {
    using namespace std::chrono_literals;
    run();
    for (auto waited = 0s; !answer.ready() && waited < 6h; waited += 1s)
      advance(1s);
    return answer.value();
  }

  // -- single steps ----------------------------------------------------------

  /// Whether `hdl` has something to do.
  template <class Handle>
  bool has_mail(const Handle& hdl) {
    return sched.prioritize(hdl);
  }

  /// Requires that the next message for `hdl` is a `(Ts...)`, lets the actor
  /// process exactly this message, and returns what was in it.
  template <class... Ts, class Handle>
  std::tuple<Ts...> expect(const Handle& hdl) {
    BOOST_REQUIRE_MESSAGE(sched.prioritize(hdl), "no message for this actor");
    auto& aut = sched.next_job<caf::scheduled_actor>();
    auto* element = aut.peek_at_next_mailbox_element();
    BOOST_REQUIRE(element != nullptr);
    BOOST_REQUIRE_MESSAGE(element->content().template match_elements<Ts...>(),
                          "unexpected " << to_string(element->content()));
    // `get_as_tuple` yields references into the message, which dies with
    // `run_once`: naming the type copies.
    std::tuple<Ts...> result
      = element->content().template get_as_tuple<Ts...>();
    sched.run_once();
    return result;
  }

  // -- the system ------------------------------------------------------------

  actor_config cfg;
  caf::actor_system sys;
  /// For sending by hand.
  caf::scoped_actor self;
  caf::scheduler::test_coordinator& sched;

private:
  std::vector<caf::actor> kept_;
};

} // namespace dw::test
