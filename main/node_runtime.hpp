#pragma once

#include "actors/deploy_system.hpp"
#include "actors/journal_store.hpp"
#include "actors/node_gateway.hpp"
#include "main/api/token_store.hpp"
#include "main/configuration.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dw {

/// What `docker-watcher node` lets controllers use: the services of its engine,
/// the supervisor with its journal, and the gateway before them.
class node_runtime {
public:
  /// Spawns all of it. Nobody can reach it yet.
  /// @param sys Outlives this; prepared by `configure`.
  /// @param name What the node calls itself.
  /// @param tokens Of the controllers.
  node_runtime(caf::actor_system& sys, const configuration& config,
               journal_store journal, std::string name,
               api::token_store tokens);

  /// Ends all of it, in order.
  ~node_runtime();

  node_runtime(const node_runtime&) = delete;
  node_runtime& operator=(const node_runtime&) = delete;

  const deploy_supervisor_actor& supervisor() const noexcept {
    return deploys_->supervisor();
  }

  const node_gateway_impl& gateway() const noexcept {
    return gateway_;
  }

private:
  /// Spawns an actor that ends with us.
  template <class F, class... Ts>
  auto spawn(F actor, Ts&&... args) {
    auto result = sys_.spawn(actor, std::forward<Ts>(args)...);
    spawned_.push_back(caf::actor_cast<caf::actor>(result));
    return result;
  }

  caf::actor_system& sys_;
  journal_actor journal_;
  std::optional<deploy_system> deploys_;
  /// In the order in which they ask each other.
  std::vector<caf::actor> spawned_;
  node_gateway_impl gateway_;
};

} // namespace dw
