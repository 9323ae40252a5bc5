#pragma once

#include "messages/export.hpp"
#include "messages/image.hpp"
#include "messages/secret.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <string>

namespace DW_EXPORT dw {

/// Where sealed secrets are, and what opens them.
struct secret_files {
  /// Need not exist; empty for none.
  std::string secrets;
  /// The key, unless the environment has it (see `key_variable`).
  std::string key;
};

/// Secrets by name, each sealed, in one file of mode 0600. Each call reads the
/// file, so that several processes may use it at once; what changes it does so
/// under a lock, and replaces it whole. Blocks.
class secret_store {
public:
  explicit secret_store(secret_files files);

  /// None if there is none of that name, which is found out without the key.
  /// `errc::storage_failed` if the file is damaged or the key is another one.
  caf::expected<caf::optional<secret>> find(const std::string& name) const;

  /// Stores a secret, in place of the one that has the name. Makes the file,
  /// its directory and the key if they are not there.
  caf::error put(const std::string& name, const secret& value);

  /// @returns whether there was one of that name.
  caf::expected<bool> erase(const std::string& name);

private:
  secret_files files_;
};

// -- logins -------------------------------------------------------------------

/// What the login for a registry is called.
/// @param host As in `image_reference::registry`.
std::string registry_login(const std::string& host);

/// What the login for an NPM is called. @param url Of its API.
std::string proxy_login(const std::string& url);

/// @param name One of the above.
caf::expected<caf::optional<registry_credentials>>
find_login(const secret_store& store, const std::string& name);

caf::error store_login(secret_store& store, const std::string& name,
                       const registry_credentials& login);

} // namespace dw
