#pragma once

#include "messages/container.hpp"
#include "messages/export.hpp"
#include "messages/service.hpp"

#include <vector>

namespace DW_EXPORT dw {

/// Whether a swarm runs any of these containers for a service.
bool has_service(const std::vector<container_summary>& containers);

/// Puts each service, told as if it were one container, in the place of the
/// containers that a swarm runs for it here. Containers of a service that is
/// not listed are on their way out, and left out.
std::vector<container_summary>
fold_services(const std::vector<container_summary>& containers,
              const std::vector<service_info>& services);

} // namespace dw
