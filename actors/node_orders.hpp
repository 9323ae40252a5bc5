#pragma once

#include "messages/deployment.hpp"
#include "messages/drift.hpp"

#include <caf/error.hpp>

// What comes from another machine can be anything that fits the types.

namespace dw {

/// Whether work that a controller asks for is whole, and no larger than real
/// work ever is. `errc::invalid_argument` tells what is wrong.
caf::error check_order(const submit_work& x);

/// The same for the stages to look after.
caf::error check_order(const look_after& x);

} // namespace dw
