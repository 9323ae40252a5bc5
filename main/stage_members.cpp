#include "main/stage_members.hpp"

namespace dw {

std::vector<stage_member> members_of(const stage_state& state) {
  std::vector<stage_member> result;
  if (state.current)
    result.push_back(
      {is_running(*state.current) ? "serves" : "stopped", &*state.current});
  for (const auto& x : state.retired)
    result.push_back({is_running(x) ? "retiring" : "kept", &x});
  for (const auto& x : state.unfinished)
    result.push_back({"unfinished", &x});
  return result;
}

} // namespace dw
