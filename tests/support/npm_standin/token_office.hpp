#pragma once

#include "tests/support/npm_standin/json.hpp"
#include "tests/support/npm_standin/lifetime.hpp"
#include "tests/support/npm_standin/rsa_key.hpp"

#include <filesystem>
#include <mutex>
#include <set>
#include <string>

namespace npm_standin {

/// What became of a token that a client showed.
struct token_verdict {
  enum class outcome { good, expired, broken };

  outcome result = outcome::broken;
  /// The payload; null for a broken token.
  json claims;
  /// End of the life of an expired token.
  millis expired_at = 0;
};

/// Issues and checks JSON Web Tokens. Thread-safe.
class token_office {
public:
  /// @param keys_file Where the signing key is kept. Without the file a new
  ///                  key is made, which invalidates all tokens.
  explicit token_office(std::filesystem::path keys_file);

  /// @param life Must have `seconds`.
  std::string issue(std::int64_t user_id, std::string scope,
                    const lifetime& life, millis at);

  token_verdict check(const std::string& token) const;

  /// The life of a token from a login.
  lifetime login_lifetime(millis at) const;

  // -- for tests --------------------------------------------------------------

  /// @param text See parse_lifetime().
  /// @returns false if the text is no lifetime that can be signed.
  bool set_login_lifetime(std::string_view text);

  /// Ends the life of every token issued since the start.
  void expire_all();

  /// Makes a new key: no token issued so far is good any more.
  void rotate();

private:
  void store() const;

  std::filesystem::path keys_file_;
  mutable std::mutex mutex_;
  rsa_key key_;
  std::string login_lifetime_ = "1d";
  std::set<std::string> issued_;
  std::set<std::string> expired_;
};

} // namespace npm_standin
