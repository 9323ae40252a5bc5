#include "main/fleet_tables.hpp"

namespace dw {

namespace {

key_table<node_settings> make_node_keys() {
  using s = node_settings;
  key_table<s> result;
  result.push_back(make_key<s>(
    "address", text_kind("HOST:PORT", "an address such as 10.0.0.2:7420"),
    &s::address, "Where `docker-watcher node` listens there. Required."));
  result.push_back(make_key<s>(
    "token", secret_kind(), &s::token,
    "A token that `docker-watcher token create` has made on the node, for "
    "deploying (`--scope deploy`) or also for removing (`--scope admin`). "
    "Neither side shows it to the other before both have proved that they know "
    "it. Required."));
  result.push_back(make_key<s>(
    "publish_on", ip_address_kind(), &s::publish_on,
    "The address of the node on which containers' ports are published, if it "
    "is not `proxy.publish_on`."));
  result.push_back(make_key<s>(
    "forward_host", host_kind(), &s::forward_host,
    "The node as the proxy sees it, if it is not `proxy.forward_host`."));
  return result;
}

} // namespace

const key_table<node_settings>& node_keys() {
  static const auto result = make_node_keys();
  return result;
}

} // namespace dw
