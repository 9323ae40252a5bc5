#include "messages/journal.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 4> outcome_names{
  "begun",
  "done",
  "failed",
  "interrupted",
};

static_assert(outcome_names.size()
              == static_cast<size_t>(last_step_outcome) + 1);

} // namespace

int64_t to_milliseconds(caf::timestamp x) {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(x.time_since_epoch()).count();
}

std::string to_string(step_outcome x) {
  return enum_name(outcome_names, x);
}

} // namespace dw
