#pragma once

#include "messages/export.hpp"
#include "messages/proxy.hpp"
#include "transports/npm_host_listing.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace DW_EXPORT dw {

/// The proxy hosts of the last listing, by domain and by the stage that they
/// are marked as. NPM can only be asked for all of them at once, and may have
/// thousands.
class host_directory {
public:
  /// Whether there was a listing.
  bool is_filled() const noexcept {
    return is_filled_;
  }

  void replace(std::vector<npm::listed_host_pointer> hosts);

  std::vector<proxy_host> all() const;

  /// The hosts that have one of the domains, however spelled, or the mark of
  /// the stage; in the order of the listing, each once.
  std::vector<proxy_host>
  find(const std::vector<std::string>& domains, std::string_view project,
       std::string_view stage) const;

private:
  bool is_filled_ = false;
  std::vector<npm::listed_host_pointer> hosts_;
  // Indices of `hosts_`, by texts that are theirs.
  std::unordered_multimap<std::string_view, size_t> by_domain_;
  std::multimap<std::pair<std::string_view, std::string_view>, size_t>
    by_stage_;
};

} // namespace dw
