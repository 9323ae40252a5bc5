#include "actors/node_proof.hpp"

#include "actors/sha256.hpp"
#include "messages/error.hpp"
#include "messages/types.hpp"
#include "transports/hex.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>

namespace dw {

namespace {

// "dw_", eight digits that name the token, "_", and the secret part.
constexpr std::string_view token_prefix = "dw_";
constexpr size_t id_digits = 8;
constexpr size_t nonce_bytes = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool is_same_text(std::string_view x, std::string_view y) {
  return x.size() == y.size()
         && sodium_memcmp(x.data(), y.data(), x.size()) == 0;
}

} // namespace

caf::expected<token_key> key_of_token(const secret& token) {
  const auto& text = token.reveal();
  auto separator = token_prefix.size() + id_digits;
  token_key result;
  if (text.size() > separator + 1)
    result.id = text.substr(token_prefix.size(), id_digits);
  if (!text.starts_with(token_prefix) || result.id.empty() || !is_hex(result.id)
      || text[separator] != '_')
    return make_failure(
      errc::invalid_argument,
      {.operation = "read the token of a node",
       .reply = "it is not one that docker-watcher token create has made",
       .hint = "Run docker-watcher token create on the node."});
  result.key = secret{sha256_hex(text)};
  return result;
}

std::string make_nonce() {
  std::string bytes(nonce_bytes, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return to_hex(bytes);
}

bool is_nonce(std::string_view text) {
  return text.size() == 2 * nonce_bytes && is_hex(text);
}

std::string prove(node_party who, const secret& key,
                  std::string_view controller, std::string_view node) {
  // Every part has its length before it, so that no two lists of parts give
  // the same text.
  std::string text = who == node_party::node ? "node" : "controller";
  for (auto part : {controller, node})
    text += "|" + std::to_string(part.size()) + ":" + std::string{part};
  std::array<unsigned char, crypto_auth_hmacsha512256_BYTES> mac{};
  crypto_auth_hmacsha512256_state state;
  const auto& k = key.reveal();
  crypto_auth_hmacsha512256_init(&state, bytes_of(k), k.size());
  crypto_auth_hmacsha512256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha512256_final(&state, mac.data());
  return to_hex({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

bool is_proof(std::string_view proof, node_party who, const secret& key,
              std::string_view controller, std::string_view node) {
  return is_same_text(proof, prove(who, key, controller, node));
}

bool is_same(const secret& x, const secret& y) {
  return is_same_text(x.reveal(), y.reveal());
}

} // namespace dw
