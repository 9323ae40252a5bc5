#include "tests/faults/fault.hpp"

namespace dw::faults {

namespace {

constexpr std::string_view names[]
  = {"none",        "refused", "reset",   "cut",       "stall",
     "drip",        "garbage", "page",    "oversize",  "4xx",
     "5xx",         "429",     "lost",    "twice",     "kill",
     "kill-done",   "freeze",  "restart", "disk-full", "clock-ahead",
     "clock-behind"};

} // namespace

std::string to_string(const fault& x) {
  std::string result{names[static_cast<size_t>(x.kind)]};
  if (x.lasts)
    result += '+';
  return result;
}

} // namespace dw::faults
