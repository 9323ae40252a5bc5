#pragma once

#include "actors/digest_poller.hpp"
#include "actors/lanes.hpp"
#include "actors/services.hpp"
#include "main/api/work_tracker.hpp"
#include "main/configuration.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace dw::api {

/// Tells of images that were pushed.
struct push_call {
  /// For the history.
  std::string client;
  std::vector<pushed_image> images;
  /// Hears what becomes of them at each stage that wants their tags; nothing if
  /// the actor ends before.
  std::function<void(caf::expected<std::vector<push_verdict>>)> answer;
};

/// From now on stages deploy what this configuration says.
struct use_configuration {
  std::shared_ptr<const configuration> config;
};

} // namespace dw::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::push_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::use_configuration)

namespace dw::api {

/// The AUTO DEPLOYER: deploys images that are new to the stages that want them;
/// at first there are none.
using auto_deployer_actor = tag_listener_actor::extend_with<
  caf::typed_actor<caf::reacts_to<push_call>, caf::reacts_to<use_configuration>,
                   // Asks no registries any more.
                   caf::reacts_to<caf::close_atom>>>;

/// What an AUTO DEPLOYER asks.
struct auto_deployer_sources {
  journal_actor journal;
  container_manager_actor containers;
  image_puller_actor images;
  submitter_actor tracker;
  /// By name, for stages that are there.
  std::map<std::string, node_service> nodes{};
};

/// Its state.
struct auto_deployer_state {
  /// A stage that deploys something by itself.
  struct stage {
    deploy_spec spec;
    auto_deploy rule;
    /// As `pushed_image` has them.
    std::string registry;
    std::string repository;
  };

  static inline const char* name = "auto-deployer";

  // Not an aggregate: CAF would initialize the first member with the actor.
  auto_deployer_state() = default;

  ~auto_deployer_state();

  auto_deployer_state(const auto_deployer_state&) = delete;
  auto_deployer_state& operator=(const auto_deployer_state&) = delete;

  auto_deployer_sources sources;
  /// By "PROJECT/STAGE".
  std::map<std::string, std::shared_ptr<const stage>> stages;
  /// Asks registries that send nothing; null if there are none.
  digest_poller_actor poller;
  /// Decisions of one stage are made one by one, so that each knows of the
  /// deploys before it.
  lanes turns;
  /// Decisions that are not made yet.
  size_t open = 0;
};

auto_deployer_actor::behavior_type
auto_deployer(auto_deployer_actor::stateful_pointer<auto_deployer_state> self,
              auto_deployer_sources sources);

} // namespace dw::api
