#pragma once

#include "messages/export.hpp"
#include "messages/secret.hpp"

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>

// How a controller and a node get to know each other. Each proves to the other
// that it knows the controller's token without showing it, because a
// certificate says only that its holder is one of us (CAF 0.17 compares no host
// names).

namespace DW_EXPORT dw {

/// Grows with every change of what controllers and nodes say to each other.
constexpr uint32_t node_protocol = 1;

/// What CAF compares before anything else, `middleman.app-identifiers`.
constexpr auto node_application = "docker-watcher-node/1";

/// Asks a node to be let in.
struct node_hello {
  /// The part of the token that is no secret.
  std::string token_id;
  /// 32 random bytes, in hex, never used before.
  std::string nonce;
  /// The release of the controller, for people.
  std::string version;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_hello& x) {
  return f(caf::meta::type_name("dw.node_hello"), x.token_id, x.nonce,
           x.version);
}

/// Asks the controller for its proof.
struct node_challenge {
  /// What the node calls itself.
  std::string name;
  std::string version;
  /// 32 random bytes, in hex; names the attempt, too.
  std::string nonce;
  /// That the node knows the token; see actors/node_proof.hpp.
  std::string proof;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_challenge& x) {
  return f(caf::meta::type_name("dw.node_challenge"), x.name, x.version,
           x.nonce, x.proof);
}

/// Shows that the controller knows the token.
struct node_login {
  /// The node's.
  std::string nonce;
  std::string proof;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_login& x) {
  return f(caf::meta::type_name("dw.node_login"), x.nonce, x.proof);
}

/// Goes with every request to a node, for as long as the connection lives: any
/// peer with a certificate can send a message to any actor that it can name.
struct node_pass {
  secret value;

  friend bool operator==(const node_pass&, const node_pass&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_pass& x) {
  return f(caf::meta::type_name("dw.node_pass"), x.value);
}

/// The controller is let in.
struct node_welcome {
  node_pass pass;
  /// The node has a proxy of its own, and does not need the controller's.
  bool has_proxy = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_welcome& x) {
  return f(caf::meta::type_name("dw.node_welcome"), x.pass, x.has_proxy);
}

/// Asks for a connection to a node.
struct dial_node {
  /// Name or IP address.
  std::string host;
  uint16_t port = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, dial_node& x) {
  return f(caf::meta::type_name("dw.dial_node"), x.host, x.port);
}

/// INTERNAL to the actors of nodes: a timer, stale unless `generation` is
/// current.
struct node_tick {
  uint64_t generation = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_tick& x) {
  return f(caf::meta::type_name("dw.node_tick"), x.generation);
}

/// How a controller sees a node.
enum class node_state : uint8_t {
  /// It has not been reached yet.
  connecting,
  connected,
  /// It was connected: what happens there is not known.
  unknown,
  /// It will not have us, or we will not have it.
  refused,
};

constexpr auto last_node_state = node_state::refused;

std::string to_string(node_state x);

/// Asks a controller for its view of a node. The answer waits until the first
/// attempt to connect has ended.
struct ask_node {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ask_node&) {
  return f(caf::meta::type_name("dw.ask_node"));
}

struct node_status {
  std::string name;
  std::string address;
  node_state state = node_state::connecting;
  /// Why it is not connected; none if it is.
  caf::error problem;
  /// The node's release; empty until it was connected once.
  std::string version;
  /// It has a proxy of its own, and does not need the controller's.
  bool has_proxy = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_status& x) {
  return f(caf::meta::type_name("dw.node_status"), x.name, x.address, x.state,
           x.problem, x.version, x.has_proxy);
}

} // namespace dw
