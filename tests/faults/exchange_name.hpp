#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace dw::faults {

/// An exchange of a deploy: the third "GET /containers/*/json", say.
struct exchange_id {
  std::string name;
  int number = 1;

  auto operator<=>(const exchange_id&) const = default;
};

/// What a request is called: its method and path, with a star for whatever
/// another deploy has differently (names, ids, digests, tags) and without
/// query and version of the API.
std::string exchange_name(std::string_view method, std::string_view target);

} // namespace dw::faults
