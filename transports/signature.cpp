#include "transports/signature.hpp"

#include "transports/hex.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace dw {

namespace {

using mac = std::array<unsigned char, 32>;

mac hmac_sha256(std::string_view key, std::string_view text) {
  mac result{};
  unsigned length = 0;
  // An empty key needs an address, too.
  const auto* where = key.empty() ? "" : key.data();
  if (HMAC(EVP_sha256(), where, static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           result.data(), &length)
      == nullptr)
    throw std::runtime_error{"OpenSSL has no HMAC-SHA256"};
  return result;
}

} // namespace

std::string hmac_sha256_hex(const secret& key, std::string_view text) {
  auto x = hmac_sha256(key.reveal(), text);
  return to_hex({reinterpret_cast<const char*>(x.data()), x.size()});
}

// Texts of any lengths become two of one length, which differ in unforeseeable
// places.
bool is_same_secret(std::string_view shown, std::string_view known) {
  std::array<unsigned char, 32> salt{};
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
    throw std::runtime_error{"OpenSSL has no random bytes"};
  std::string_view key{reinterpret_cast<const char*>(salt.data()), salt.size()};
  auto x = hmac_sha256(key, shown);
  auto y = hmac_sha256(key, known);
  return CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

} // namespace dw
