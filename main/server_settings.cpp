#include "main/server_settings.hpp"

#include "main/url.hpp"

namespace dw {

std::optional<server_listener>
parse_listener(const std::string& text, std::string& why) {
  constexpr std::string_view unix_scheme = "unix://";
  if (text.starts_with(unix_scheme)) {
    unix_listener result;
    result.path = text.substr(unix_scheme.size());
    if (result.path.starts_with('/'))
      return result;
    why = "its path is not absolute";
    return std::nullopt;
  }
  auto x = parse_url(text, why);
  if (!x)
    return std::nullopt;
  if (x->scheme != "tcp" || !x->path.empty()) {
    why = "it is neither unix:///PATH nor tcp://IP:PORT";
    return std::nullopt;
  }
  auto address = x->host;
  if (address.starts_with('['))
    address = address.substr(1, address.size() - 2);
  if (!is_ip_address(address) || x->port == 0) {
    why = "it has no IP address and port";
    return std::nullopt;
  }
  tcp_listener result;
  result.address = std::move(address);
  result.port = x->port;
  return result;
}

bool is_open_to_the_world(const server_listener& x) {
  const auto* tcp = std::get_if<tcp_listener>(&x);
  return tcp != nullptr && tcp->address != "::1"
         && !tcp->address.starts_with("127.");
}

} // namespace dw
