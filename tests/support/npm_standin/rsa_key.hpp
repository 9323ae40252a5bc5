#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace npm_standin {

/// A 2048 bit RSA key for RS256 (RSASSA-PKCS1-v1_5 with SHA-256).
class rsa_key {
public:
  /// @throws std::runtime_error if OpenSSL fails.
  static rsa_key generate();

  /// @throws std::runtime_error if the text is no private key.
  static rsa_key from_pem(const std::string& text);

  std::string pem() const;

  std::string sign(std::string_view bytes) const;

  bool has_signed(std::string_view bytes, std::string_view signature) const;

private:
  explicit rsa_key(evp_pkey_st* key);

  std::shared_ptr<evp_pkey_st> key_;
};

} // namespace npm_standin
