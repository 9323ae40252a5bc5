#include "actors/sha256.hpp"

#include "transports/hex.hpp"

#include <sodium.h>

namespace dw {

std::string sha256_hex(std::string_view text) {
  std::string result(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(result.data()),
                     reinterpret_cast<const unsigned char*>(text.data()),
                     text.size());
  return to_hex(result);
}

std::string sha256_id(std::string_view text) {
  constexpr size_t length = 12;
  return sha256_hex(text).substr(0, length);
}

} // namespace dw
