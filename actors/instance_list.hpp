#pragma once

#include "messages/container.hpp"
#include "messages/export.hpp"
#include "messages/service.hpp"

#include <vector>

namespace DW_EXPORT dw {

/// Whether a swarm runs any of these containers for a service. A swarm calls
/// them after the service, which labels alone cannot.
bool has_service(const std::vector<container_summary>& containers);

/// Puts each service, told as if it were one container, in the place of the
/// containers that a swarm runs for it here. Containers of a service that is
/// not listed are on their way out, and left out.
std::vector<container_summary>
fold_services(const std::vector<container_summary>& containers,
              const std::vector<service_info>& services);

/// Whether containers of stages are asked for, and so those that we made.
bool asks_for_stages(const list_containers& what);

/// Containers with our labels.
struct labelled_containers {
  std::vector<container_summary> ours;
  std::vector<container_summary> strangers;
};

/// Tells those that we made from those that only have the labels, for instance
/// because their image has them: these must not be touched, nor get requests.
/// The engine lets an image say what its containers' labels are, but not what
/// they are called.
labelled_containers split_ours(std::vector<container_summary> containers);

} // namespace dw
