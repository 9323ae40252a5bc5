#include "messages/node.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 4> state_names{
  "connecting",
  "connected",
  "unknown",
  "refused",
};

static_assert(state_names.size() == static_cast<size_t>(last_node_state) + 1);

} // namespace

std::string to_string(node_state x) {
  return enum_name(state_names, x);
}

} // namespace dw
