#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dw::peer {

/// What differs between two deploys.
struct deploy_data {
  std::string stage;
  std::string domain;
  std::string tag;
  /// "REPOSITORY:TAG"
  std::string image;
  /// 12 hex digits.
  std::string instance;
};

/// Percent-encodes all but letters, digits and "-._~".
std::string encoded(std::string_view text);

/// The text as a JSON string, in quotes.
std::string json_text(std::string_view text);

std::string login_body(const std::string& identity, const std::string& secret);
std::string network_body(const std::string& name);
std::string container_body(const deploy_data& x, const std::string& network_id);
std::string new_host_body(const deploy_data& x, std::string_view port);
std::string changed_host_body(const deploy_data& x, std::string_view port);

/// What follows the first `key`, up to one of ",}\"]"; empty without one.
/// Enough for a member whose key occurs nowhere before, since none of those
/// that are looked for has an escape in its value.
std::string_view value_after(std::string_view body, std::string_view key);

/// The ids of a list's containers that run.
std::vector<std::string> running_ids(std::string_view list);

/// The host port of 8080/tcp in an inspection; empty if there is none.
std::string_view host_port(std::string_view inspection);

} // namespace dw::peer
