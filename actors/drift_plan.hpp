#pragma once

#include "actors/stage_state.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/drift.hpp"
#include "messages/export.hpp"
#include "messages/proxy.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace DW_EXPORT dw {

/// Where a proxy host leads whose container does not run: its port may be
/// another app's at any time. Port 9 of the proxy's own loopback interface
/// refuses connections, so that visitors get 502 as from any app that is down.
/// A disabled host would answer them 200 with the proxy's default page (npm
/// API, section 4.5).
const proxy_target& nowhere();

/// What a stage's route should be: to what serves, or to nowhere if that does
/// not run. None if there is nothing to be said: no domains, or no route yet.
/// Never adopts a host.
std::optional<set_route>
wanted_route(const deploy_spec& spec, const stage_state& state);

/// The instances that routes were seen to lead to, or that were deployed.
using served_instances = std::map<stage_key, std::string>;

/// What is wrong with a stage.
struct stage_drift {
  deploy_spec spec;
  std::vector<drift> found;
  /// Whether `stage_action::repair` puts some of it right.
  bool can_repair = false;
};

/// Finds the stages that are not as they should be; first those whose domains
/// lead to another app. Pure.
/// @param containers All that are managed.
/// @param hosts All that the proxy lists.
/// @param served A host that is gone is made again for these only.
std::vector<stage_drift>
find_drift(const std::vector<deploy_spec>& stages,
           const std::vector<container_summary>& containers,
           const std::vector<proxy_host>& hosts,
           const served_instances& served);

/// The containers of one stage.
std::vector<container_summary>
containers_of(const stage_key& stage,
              const std::vector<container_summary>& containers);

} // namespace dw
