#pragma once

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dw::api {

/// What a client may do; each includes those before it.
enum class scope : uint8_t {
  /// Look at everything but secrets.
  read,
  /// Deploy, roll back, cancel, start, stop and restart.
  deploy,
  /// Remove stages.
  admin,
};

std::string to_string(scope x);
caf::optional<scope> parse_scope(std::string_view text);

/// What is kept of a token, which is not the token.
struct token_entry {
  /// Part of the token, not secret.
  std::string id;
  /// Whose it is, for people.
  std::string name;
  scope may = scope::read;
  /// SHA-256 of the token, in hex.
  std::string hash;
  /// Seconds since 1970.
  int64_t created = 0;
  /// 0 for never.
  int64_t expires = 0;
};

/// The tokens of the API's clients, in a file that only its owner may read. The
/// tokens themselves are 256 random bits each and are not kept, so a hash
/// without salt or delay is all that they need. Other processes may change the
/// file at any time.
class token_store {
public:
  /// @param path Of the file, which need not exist; its folder must.
  explicit token_store(std::string path);

  /// Makes a token. @returns the token, which cannot be had again.
  /// @param name 1 to 64 printable characters.
  /// @param lifetime In seconds; 0 for ever.
  caf::expected<std::string>
  create(const std::string& name, scope may, int64_t lifetime, int64_t now);

  /// Makes a token worthless. `errc::not_found` if there is none with this id.
  caf::error revoke(const std::string& id);

  caf::expected<std::vector<token_entry>> list() const;

  /// Whose token this is; none if it is nobody's or has expired. Compares in
  /// constant time. Reads the file if it has changed; if that fails, nobody has
  /// a token.
  caf::optional<token_entry> find(std::string_view token, int64_t now);

  /// The token with this id; none if there is none or it has expired. Reads the
  /// file like the above.
  caf::optional<token_entry> find_by_id(std::string_view id, int64_t now);

private:
  /// Tells one content of the file from another.
  struct file_version {
    int64_t inode = 0;
    int64_t size = 0;
    int64_t seconds = 0;
    int64_t nanoseconds = 0;

    friend bool operator==(const file_version&, const file_version&) = default;
  };

  file_version version() const;

  /// Reads the file if it has changed.
  void refresh();

  template <class Change>
  caf::error change(Change edit);

  std::string path_;
  /// What `find` has read, and from which content.
  std::vector<token_entry> known_;
  file_version known_version_;
};

} // namespace dw::api
