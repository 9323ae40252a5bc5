#include "tests/support/npm_standin/totp.hpp"

#include "tests/support/npm_standin/encoding.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace npm_standin {

std::string totp(std::string_view secret, millis at) {
  constexpr millis step = 30'000;
  constexpr unsigned modulus = 1'000'000;
  auto counter = static_cast<std::uint64_t>(at / step);
  std::array<unsigned char, 8> message{};
  for (auto i = message.size(); i-- > 0; counter >>= 8)
    message[i] = static_cast<unsigned char>(counter & 0xff);
  const auto key = from_base32(secret);
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), message.data(),
       message.size(), mac.data(), &size);
  const std::size_t offset = mac[size - 1] & 0xf;
  unsigned number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = (number << 8) | mac[offset + i];
  auto digits = std::to_string(modulus + (number & 0x7fffffff) % modulus);
  return digits.substr(1);
}

} // namespace npm_standin
