#include "messages/service.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 2> publish_names{"ingress", "host"};

// The engine's own words, except for "none" and "unknown".
constexpr std::array<std::string_view, 8> update_names{
  "none",
  "updating",
  "paused",
  "completed",
  "rollback_started",
  "rollback_paused",
  "rollback_completed",
  "unknown",
};

// The engine's own words, except for "unknown".
constexpr std::array<std::string_view, 16> task_names{
  "new",      "allocated", "pending",  "assigned", "accepted", "preparing",
  "ready",    "starting",  "running",  "complete", "shutdown", "failed",
  "rejected", "remove",    "orphaned", "unknown",
};

} // namespace

bool is_swarm_id(std::string_view id) {
  constexpr size_t length = 25;
  return id.size() == length
         && id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789")
              == std::string_view::npos;
}

std::string to_string(publish_mode x) {
  return enum_name(publish_names, x);
}

std::string to_string(update_state x) {
  return enum_name(update_names, x);
}

std::string to_string(task_state x) {
  return enum_name(task_names, x);
}

} // namespace dw
