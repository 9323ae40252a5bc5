#pragma once

#include "messages/call.hpp"
#include "messages/export.hpp"

#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// Finds the network of that name, or creates it: a bridge network, or an
/// overlay that containers can join as well as services.
struct ensure_network {
  call options;
  std::string name;
  /// `errc::conflict` if there is one that no service can join.
  bool overlay = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ensure_network& x) {
  return f(caf::meta::type_name("dw.ensure_network"), x.options, x.name,
           x.overlay);
}

/// Finds the network of that name; `errc::not_found` if there is none.
struct find_network {
  call options;
  std::string name;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_network& x) {
  return f(caf::meta::type_name("dw.find_network"), x.options, x.name);
}

/// Connects a container to a network. Done also if it is connected already.
struct connect_network {
  call options;
  /// Network id.
  std::string network;
  /// Full container id.
  std::string container;
  std::vector<std::string> aliases;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, connect_network& x) {
  return f(caf::meta::type_name("dw.connect_network"), x.options, x.network,
           x.container, x.aliases);
}

struct network_info {
  std::string id;
  std::string name;
  std::string driver;
  /// The engine's text (RFC 3339): oldest first by comparison.
  std::string created;

  friend bool operator==(const network_info&, const network_info&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, network_info& x) {
  return f(caf::meta::type_name("dw.network_info"), x.id, x.name, x.driver,
           x.created);
}

} // namespace dw
