#include "tests/support/npm_standin/password.hpp"

#include "tests/support/npm_standin/encoding.hpp"

#include <openssl/evp.h>

#include <array>

namespace npm_standin {

namespace {

std::string derive(std::string_view password, std::string_view salt) {
  constexpr int rounds = 1000;
  std::array<unsigned char, 32> out{};
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()),
                    static_cast<int>(salt.size()), rounds, EVP_sha256(),
                    static_cast<int>(out.size()), out.data());
  return hex({reinterpret_cast<const char*>(out.data()), out.size()});
}

} // namespace

std::string hash_password(std::string_view password) {
  const auto salt = hex(random_bytes(8));
  return salt + ":" + derive(password, salt);
}

bool is_password(std::string_view password, std::string_view hash) {
  const auto colon = hash.find(':');
  return colon != std::string_view::npos
         && derive(password, hash.substr(0, colon)) == hash.substr(colon + 1);
}

} // namespace npm_standin
