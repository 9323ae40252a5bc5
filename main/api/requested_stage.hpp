#pragma once

#include "main/api/call.hpp"
#include "main/configuration.hpp"

#include <caf/expected.hpp>

namespace dw::api {

/// The stage that a call's first two arguments name, with the query's "tag" and
/// "image" applied. `errc::not_found` if the configuration does not have it.
caf::expected<deploy_spec> stage_of(const configuration& config, const call& x);

} // namespace dw::api
