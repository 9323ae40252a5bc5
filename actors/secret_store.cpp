#include "actors/secret_store.hpp"

#include "actors/descriptor.hpp"
#include "actors/durable_file.hpp"
#include "actors/sealing.hpp"
#include "actors/text_file.hpp"
#include "messages/error.hpp"
#include "transports/base64.hpp"
#include "transports/json.hpp"

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace dw {

namespace {

/// Sealed texts by name.
using secret_map = std::map<std::string, std::string>;

caf::error failed(std::string operation, const std::string& path,
                  std::string reply, std::string hint = {}) {
  return make_failure(errc::storage_failed, {.operation = std::move(operation),
                                             .object = path,
                                             .reply = std::move(reply),
                                             .hint = std::move(hint)});
}

caf::error not_written(int error_number, const std::string& path) {
  return failed("write", path, std::generic_category().message(error_number),
                "Make sure that this user may write to its directory.");
}

caf::expected<secret_map> read_secrets(const std::string& path) {
  if (path.empty())
    return secret_map{};
  auto text = read_text_file(path);
  if (!text) {
    if (code_of(text.error()) == errc::not_found)
      return secret_map{};
    return std::move(text.error());
  }
  json::document doc{std::move(*text)};
  auto encoded = doc.root().text_map("secrets");
  if (doc.root().number("version") != 1)
    return failed("read", path,
                  doc.ok() ? "it is not of version 1" : doc.problem());
  secret_map result;
  for (const auto& [name, value] : encoded) {
    auto bytes = decode_base64(value);
    if (!bytes)
      return failed("read", path, "it is damaged at " + name);
    result.emplace(name, std::move(*bytes));
  }
  return result;
}

std::string to_text(const secret_map& secrets) {
  secret_map encoded;
  for (const auto& [name, value] : secrets)
    encoded.emplace(name, encode_base64url(value));
  json::writer out;
  out.begin_object()
    .number("version", 1)
    .text_map("secrets", encoded)
    .end_object();
  return out.str() + "\n";
}

// Changes the secrets while nobody else does.
// @param edit caf::expected<bool>(secret_map&): whether it changed something.
template <class Edit>
caf::expected<bool> change(const std::string& path, Edit edit) {
  std::error_code ignored; // then the lock cannot be opened
  auto directory = std::filesystem::path{path}.parent_path();
  if (!directory.empty()
      && std::filesystem::create_directories(directory, ignored))
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all,
                                 ignored);
  descriptor lock;
  if (auto error_number = lock_for_change(path, lock))
    return not_written(error_number, path + ".lock");
  auto secrets = read_secrets(path);
  if (!secrets)
    return std::move(secrets.error());
  caf::expected<bool> result = edit(*secrets);
  if (!result || !*result)
    return result;
  if (auto error_number = replace_file(path, to_text(*secrets)))
    return not_written(error_number, path);
  return result;
}

} // namespace

// -- the store ----------------------------------------------------------------

secret_store::secret_store(secret_files files) : files_{std::move(files)} {
  // nop
}

caf::expected<caf::optional<secret>>
secret_store::find(const std::string& name) const {
  auto secrets = read_secrets(files_.secrets);
  if (!secrets)
    return std::move(secrets.error());
  auto i = secrets->find(name);
  if (i == secrets->end())
    return caf::optional<secret>{};
  auto key = find_sealer(files_.key, false);
  if (!key)
    return std::move(key.error());
  auto value = key->open(i->second, name);
  if (!value)
    return std::move(value.error());
  return caf::optional<secret>{std::move(*value)};
}

caf::error secret_store::put(const std::string& name, const secret& value) {
  auto changed
    = change(files_.secrets, [&](secret_map& secrets) -> caf::expected<bool> {
        auto key = find_sealer(files_.key, true);
        if (!key)
          return std::move(key.error());
        secrets[name] = key->seal(value, name);
        return true;
      });
  return changed ? caf::error{} : std::move(changed.error());
}

caf::expected<bool> secret_store::erase(const std::string& name) {
  return change(files_.secrets,
                [&](secret_map& secrets) -> caf::expected<bool> {
                  return secrets.erase(name) > 0;
                });
}

// -- logins -------------------------------------------------------------------

std::string registry_login(const std::string& host) {
  return "registry " + host;
}

std::string proxy_login(const std::string& url) {
  return "proxy " + url;
}

caf::expected<caf::optional<registry_credentials>>
find_login(const secret_store& store, const std::string& name) {
  auto text = store.find(name);
  if (!text)
    return std::move(text.error());
  if (!*text)
    return caf::optional<registry_credentials>{};
  json::document doc{(*text)->reveal()};
  auto in = doc.root();
  registry_credentials result;
  result.username = in.text("username");
  result.password = secret{in.text("password")};
  result.identity_token = secret{in.text("identity_token")};
  if (!doc.ok())
    return failed("read the login for", name, doc.problem());
  return caf::optional<registry_credentials>{std::move(result)};
}

caf::error store_login(secret_store& store, const std::string& name,
                       const registry_credentials& login) {
  json::writer out;
  out.begin_object()
    .text("username", login.username)
    .text("password", login.password.reveal())
    .text("identity_token", login.identity_token.reveal())
    .end_object();
  return store.put(name, secret{out.str()});
}

} // namespace dw
