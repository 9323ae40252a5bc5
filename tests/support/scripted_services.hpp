#pragma once

#include "actors/services.hpp"
#include "messages/http.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/fake_engine.hpp"
#include "tests/support/fake_proxy.hpp"
#include "tests/support/fake_swarm.hpp"

#include <caf/error.hpp>

#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace dw::test {

/// What happens to a call instead of its being done.
enum class fault_kind {
  /// It fails, and nothing was done.
  refuse,
  /// It is done, but what comes back is the error.
  lose_answer,
  /// Nothing is done and no answer comes, ever.
  swallow,
  /// It waits for `scripted_services::release`, or to be cancelled.
  hold,
};

constexpr auto for_ever = std::numeric_limits<size_t>::max();

/// A fault that a test foresees.
struct fault {
  /// The beginning of the call as it stands in `scripted_services::calls`:
  /// "create", "inspect #2", "visit shop.test".
  std::string call;
  fault_kind kind = fault_kind::refuse;
  caf::error error;
  /// How many such calls it lets through, and how many it then meets.
  size_t skip = 0;
  size_t times = 1;
};

struct scripted_world;

/// Stands in for all services of a deploy: an engine and a proxy in memory,
/// the faults that a test injects, and a record of what was called. A call that
/// no deploy should make fails the test. On destruction, fails the test if an
/// injected fault has met no call.
class scripted_services {
public:
  explicit scripted_services(actor_fixture& fixture);

  ~scripted_services();

  scripted_services(const scripted_services&) = delete;
  scripted_services& operator=(const scripted_services&) = delete;

  services handles() const;

  fake_engine& engine();

  fake_proxy& proxy();

  fake_swarm& swarm();

  void inject(fault x);

  /// Lets the calls that are held, and those to come, be done.
  void release();

  /// No fault meets any call from now on.
  void forgive();

  /// Whether a call is held.
  bool is_holding() const;

  /// Sends an event of the engine to whoever has subscribed to it.
  void tell(engine_event_kind kind, int container);

  /// Every call that came, in order, with a container by its number where the
  /// caller had its id: "create dw-shop-prod-2", "start #2", "visit shop.test".
  /// A service is told by its number, too: "scale @1 0". A call that its asker
  /// took back adds "cancel " and the call.
  const std::vector<std::string>& calls() const;

  size_t count(const std::string& call) const;

private:
  std::shared_ptr<scripted_world> world_;
  std::vector<caf::actor> actors_;
};

} // namespace dw::test
