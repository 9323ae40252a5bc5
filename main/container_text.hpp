#pragma once

#include "messages/container.hpp"

#include <string>
#include <vector>

namespace dw {

/// The tag that was deployed, "?" if its label is gone.
std::string tag_of(const container_summary& x);

/// The published ports, as in "127.0.0.1:32768->8080".
std::vector<std::string> ports_of(const container_summary& x);

} // namespace dw
