#pragma once

#include "actors/deploy_system.hpp"
#include "actors/journal_store.hpp"
#include "actors/node_fleet.hpp"
#include "main/configuration.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace dw {

/// Lets us have as many sockets as the system grants: each exchange in flight
/// has one.
void raise_file_limit();

/// What the services of the configured engine and proxy need to know.
service_settings
make_service_settings(const configuration& config, exchange_counter count = {});

/// Thrown where a session cannot begin.
struct session_failure {
  caf::error reason;
};

/// Everything that runs while a command does: the actor system, the services of
/// the configured engine and proxy, and the supervisor.
class session {
public:
  /// Spawns all of it. Throws a `session_failure` if the certificates for nodes
  /// are no good.
  /// @param journal Where work is recorded, if it is.
  /// @param count Told of each HTTP exchange with engine and proxy.
  explicit session(const configuration& config,
                   std::optional<journal_store> journal = {},
                   exchange_counter count = {});

  /// Ends all of it, in order.
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  const services& svc() const noexcept {
    return deploys_->svc();
  }

  const deploy_supervisor_actor& supervisor() const noexcept {
    return deploys_->supervisor();
  }

  caf::actor_system& system() noexcept {
    return *system_;
  }

  /// Asks an actor and waits for the answer: for commands, which have nothing
  /// else to do meanwhile. The request's own deadline ends it.
  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& whom, Ts&&... xs) {
    caf::expected<T> result{caf::sec::runtime_error};
    caf::scoped_actor self{*system_};
    self->request(whom, caf::infinite, std::forward<Ts>(xs)...)
      .receive([&](T& x) { result = std::move(x); },
               [&](caf::error& err) { result = std::move(err); });
    return result;
  }

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  /// Null if work is not recorded.
  journal_actor journal_;
  /// Null without nodes.
  std::unique_ptr<shared_services> shared_;
  std::unique_ptr<node_fleet> fleet_;
  std::unique_ptr<deploy_system> deploys_;
};

} // namespace dw
