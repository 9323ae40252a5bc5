#include "messages/container.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

// The engine's own words, except for "unknown".
constexpr std::array<std::string_view, 8> state_names{
  "created", "running",  "paused", "restarting",
  "exited",  "removing", "dead",   "unknown",
};

constexpr std::array<std::string_view, 4> health_names{
  "none",
  "starting",
  "healthy",
  "unhealthy",
};

} // namespace

std::string to_string(container_state x) {
  return enum_name(state_names, x);
}

std::string to_string(health_status x) {
  return enum_name(health_names, x);
}

} // namespace dw
