#pragma once

#include "messages/call.hpp"
#include "messages/proxy.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace dw::test {

/// A proxy in memory: proxy hosts, and what the PROXY REGISTRAR does to them.
class fake_proxy {
public:
  /// All hosts, for the test to set up and to look at.
  std::vector<proxy_host>& hosts() {
    return hosts_;
  }

  /// The host that serves a domain, or nullptr.
  const proxy_host* find(const std::string& domain) const;

  /// Adds a host that is nobody's. @returns its id
  int64_t add(std::string domain, proxy_target target);

  caf::expected<route_result> set_route(const dw::set_route& request);
  caf::expected<done> revert(const std::vector<route_change>& changes);
  caf::expected<proxy_host> update(const update_proxy_host& change);
  caf::expected<done> disable(int64_t id);
  caf::expected<done> remove(int64_t id);

private:
  proxy_host& at(int64_t id);

  std::vector<proxy_host> hosts_;
  int64_t last_id_ = 0;
};

} // namespace dw::test
