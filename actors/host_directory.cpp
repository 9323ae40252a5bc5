#include "actors/host_directory.hpp"

#include "transports/npm_api.hpp"

#include <set>

namespace dw {

void host_directory::replace(std::vector<proxy_host> hosts) {
  is_filled_ = true;
  hosts_ = std::move(hosts);
  by_domain_.clear();
  by_stage_.clear();
  for (size_t i = 0; i < hosts_.size(); ++i) {
    for (const auto& domain : hosts_[i].domains)
      by_domain_.emplace(npm::comparable_domain(domain), i);
    if (auto owner = npm::read_owner(hosts_[i]))
      by_stage_.emplace(std::pair{owner->project, owner->stage}, i);
  }
}

std::vector<proxy_host>
host_directory::find(const std::vector<std::string>& domains,
                     const std::string& project,
                     const std::string& stage) const {
  std::set<size_t> found;
  for (const auto& domain : domains) {
    auto [i, end] = by_domain_.equal_range(npm::comparable_domain(domain));
    for (; i != end; ++i)
      found.insert(i->second);
  }
  auto [i, end] = by_stage_.equal_range({project, stage});
  for (; i != end; ++i)
    found.insert(i->second);
  std::vector<proxy_host> result;
  for (auto index : found)
    result.push_back(hosts_[index]);
  return result;
}

} // namespace dw
