#pragma once

#include "messages/secret.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

// How controller and node prove to each other that they know a token, without
// showing it: an HMAC-SHA-512-256 over who proves it and both sides' nonces,
// with the token's hash as the key, which is what the node keeps of it. All
// functions may be called from any thread.

namespace dw {

enum class node_party : uint8_t { controller, node };

/// What a token is worth to those who know it.
struct token_key {
  /// The part of the token that names it, not secret.
  std::string id;
  /// Its SHA-256, in hex.
  secret key;
};

/// Takes a token apart, as `docker-watcher token create` prints it.
/// `errc::invalid_argument` if it is none; the error never shows it.
caf::expected<token_key> key_of_token(const secret& token);

/// 32 random bytes, in hex.
std::string make_nonce();

/// Whether it has the form of one.
bool is_nonce(std::string_view text);

/// @param key As `token_key::key`.
/// @param controller The controller's nonce.
/// @param node The node's nonce.
std::string prove(node_party who, const secret& key,
                  std::string_view controller, std::string_view node);

/// Compares in constant time.
bool is_proof(std::string_view proof, node_party who, const secret& key,
              std::string_view controller, std::string_view node);

/// Whether two secrets are the same; in constant time, but for their lengths.
bool is_same(const secret& x, const secret& y);

} // namespace dw
