#pragma once

#include "messages/proxy.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dw {

/// The proxy hosts of the last listing, by domain and by the stage that they
/// are marked as. NPM can only be asked for all of them at once, and may have
/// thousands.
class host_directory {
public:
  /// Whether there was a listing.
  bool is_filled() const noexcept {
    return is_filled_;
  }

  void replace(std::vector<proxy_host> hosts);

  const std::vector<proxy_host>& all() const noexcept {
    return hosts_;
  }

  /// The hosts that have one of the domains, however spelled, or the mark of
  /// the stage; in the order of the listing, each once.
  std::vector<proxy_host>
  find(const std::vector<std::string>& domains, const std::string& project,
       const std::string& stage) const;

private:
  bool is_filled_ = false;
  std::vector<proxy_host> hosts_;
  // Indices of `hosts_`.
  std::unordered_multimap<std::string, size_t> by_domain_;
  std::multimap<std::pair<std::string, std::string>, size_t> by_stage_;
};

} // namespace dw
