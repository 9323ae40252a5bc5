#include "messages/engine.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 10> kind_names{
  "resync", "start", "die",     "oom",     "destroy",
  "rename", "pause", "unpause", "healthy", "unhealthy",
};

} // namespace

std::string to_string(engine_event_kind x) {
  return enum_name(kind_names, x);
}

} // namespace dw
