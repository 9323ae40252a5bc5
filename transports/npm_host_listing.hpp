#pragma once

#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/proxy.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace DW_EXPORT dw {
namespace npm {

/// A host of a listing, with what it is looked for by.
struct listed_host {
  /// Works out the rest.
  explicit listed_host(proxy_host from);

  proxy_host host;
  /// Its names, as by `comparable_domain`.
  std::vector<std::string> domains;
  /// As by `read_owner`.
  caf::optional<route_owner> owner;
};

using listed_host_pointer = std::shared_ptr<const listed_host>;

/// Reads one answer to `list_hosts` after the other. There is no paging, so
/// they are long, and they change little: a host whose text is what it was the
/// last time is not parsed again.
class host_listing {
public:
  /// The hosts in the order of the answer. Errors are those of
  /// `parse_host_list`; the next answer is read as ever after one.
  caf::expected<std::vector<listed_host_pointer>>
  read(const http_response& response);

private:
  struct known_host {
    std::string text;
    listed_host_pointer host;
  };

  using known_hosts = std::unordered_map<int64_t, known_host>;

  /// Takes the hosts from the answer's text one by one. @returns none if there
  /// is anything in it that is not expected.
  caf::optional<std::vector<listed_host_pointer>>
  read_each(const http_response& response);

  known_hosts known_;
};

} // namespace npm
} // namespace dw
