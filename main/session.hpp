#pragma once

#include "actors/deploy_supervisor.hpp"
#include "actors/journal_store.hpp"
#include "actors/service_factory.hpp"
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

/// Everything that runs while a command does: the actor system, the services of
/// the configured engine and proxy, and the supervisor.
class session {
public:
  /// Spawns all of it.
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
    return svc_;
  }

  const deploy_supervisor_actor& supervisor() const noexcept {
    return supervisor_;
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
  std::unique_ptr<service_set> services_;
  services svc_;
  deploy_supervisor_actor supervisor_;
};

} // namespace dw
