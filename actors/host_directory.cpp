#include "actors/host_directory.hpp"

#include "transports/npm_api.hpp"

#include <set>

namespace dw {

void host_directory::replace(std::vector<npm::listed_host_pointer> hosts) {
  is_filled_ = true;
  by_domain_.clear();
  by_stage_.clear();
  hosts_ = std::move(hosts);
  for (size_t i = 0; i < hosts_.size(); ++i) {
    for (const auto& domain : hosts_[i]->domains)
      by_domain_.emplace(domain, i);
    if (const auto& owner = hosts_[i]->owner)
      by_stage_.emplace(
        std::pair<std::string_view, std::string_view>{owner->project,
                                                      owner->stage},
        i);
  }
}

std::vector<proxy_host> host_directory::all() const {
  std::vector<proxy_host> result;
  result.reserve(hosts_.size());
  for (const auto& x : hosts_)
    result.push_back(x->host);
  return result;
}

std::vector<proxy_host>
host_directory::find(const std::vector<std::string>& domains,
                     std::string_view project, std::string_view stage) const {
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
  result.reserve(found.size());
  for (auto index : found)
    result.push_back(hosts_[index]->host);
  return result;
}

} // namespace dw
