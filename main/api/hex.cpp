#include "main/api/hex.hpp"

#include <sodium.h>

namespace dw::api {

namespace {

const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

} // namespace

std::string to_hex(std::string_view bytes) {
  std::string result(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(result.data(), result.size(), bytes_of(bytes), bytes.size());
  result.pop_back();
  return result;
}

std::string sha256_hex(std::string_view text) {
  std::string result(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(result.data()),
                     bytes_of(text), text.size());
  return to_hex(result);
}

} // namespace dw::api
