#include "messages/drift.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 7> kind_names{
  "wrong_app",    "wrong_target", "changed_host",      "missing_host",
  "foreign_host", "not_running",  "missing_container",
};

constexpr std::array<std::string_view, 3> state_names{
  "found",
  "not_repaired",
  "gone",
};

} // namespace

std::string to_string(drift_kind x) {
  return enum_name(kind_names, x);
}

std::string to_string(drift_state x) {
  return enum_name(state_names, x);
}

} // namespace dw
