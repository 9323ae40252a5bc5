#pragma once

#include "messages/export.hpp"
#include "messages/node.hpp"
#include "messages/secret.hpp"

#include <caf/actor_addr.hpp>
#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// What a controller may do at a node; each includes those before it. The same
/// as the scopes of tokens.
enum class node_right : uint8_t {
  /// Look at everything but secrets.
  look,
  /// Deploy, cancel and look after stages, and lend a proxy.
  work,
  /// Remove stages.
  remove,
};

/// Somebody whose token a node knows.
struct node_client {
  /// For people.
  std::string name;
  /// The token's SHA-256, in hex.
  secret key;
  node_right may = node_right::look;
};

/// Whose token has that id; none if it is nobody's or has expired.
using node_clients
  = std::function<caf::optional<node_client>(const std::string& token_id)>;

/// Decides who is let in at a node: who proves to know a token gets a pass,
/// which is good until its holder is gone or the token is worthless.
class node_access {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How long a controller may take for its proof.
  static constexpr std::chrono::seconds challenge_time{10};

  /// How many may be about to prove it at the same time, and how many passes
  /// there are.
  static constexpr size_t max_open = 64;

  /// @param name What the node calls itself.
  node_access(std::string name, node_clients find);

  /// `errc::unauthorized` if nobody has such a token.
  caf::expected<node_challenge> greet(const node_hello& hello, time_point now);

  /// Looks at a proof, once. `errc::unauthorized` if it is not one.
  /// @param holder Who gets the pass, instead of the one it had; not null.
  caf::expected<node_pass>
  admit(const node_login& login, const caf::actor_addr& holder, time_point now);

  /// Whose pass this is, if it is enough for `needed`: `errc::unauthorized` or
  /// `errc::forbidden` if not.
  caf::expected<node_client> check(const node_pass& pass, node_right needed);

  /// The pass of somebody who is gone opens nothing any more.
  void forget(const caf::actor_addr& holder);

private:
  /// By the node's nonce.
  struct challenge {
    node_hello hello;
    time_point until;
  };

  struct session {
    node_pass pass;
    std::string token_id;
    /// The token as it was proved; another one may get its id.
    secret key;
  };

  /// The client, if the token still is what it was.
  caf::optional<node_client> client_of(const session& x) const;

  std::string name_;
  node_clients find_;
  std::map<std::string, challenge> challenges_;
  std::map<caf::actor_addr, session> sessions_;
};

} // namespace dw
