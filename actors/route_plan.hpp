#pragma once

#include "messages/proxy.hpp"
#include "transports/npm_api.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string>
#include <vector>

namespace dw {

/// A change of one proxy host.
struct route_update {
  proxy_host before;
  update_proxy_host change;
  npm::domain_check check = npm::domain_check::normalize;
};

/// What makes a route what it should be. Nothing at all if it is.
struct route_plan {
  std::vector<route_update> updates;
  std::optional<create_proxy_host> creation;
};

/// Decides what `set_route` has to do, given all hosts that we can see. Pure.
/// @returns `errc::domain_taken` if a host is not ours and must not be adopted,
///          `errc::invalid_argument` for what cannot be right.
caf::expected<route_plan>
plan_route(const set_route& what, const std::vector<proxy_host>& hosts);

/// Where requests go, for people: "127.0.0.1:32768".
std::string address_of(const proxy_target& x);

/// Whether a host carries the mark of a project's stage.
bool is_owned_by(const proxy_host& host, const route_owner& owner);

} // namespace dw
