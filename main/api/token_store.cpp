#include "main/api/token_store.hpp"

#include "actors/durable_file.hpp"
#include "actors/sha256.hpp"
#include "actors/text_file.hpp"
#include "main/problems.hpp"
#include "messages/error.hpp"
#include "transports/base64.hpp"
#include "transports/hex.hpp"
#include "transports/json.hpp"
#include "transports/text.hpp"

#include <sodium.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace dw::api {

namespace {

constexpr std::string_view prefix = "dw_";
constexpr size_t id_bytes = 4;
constexpr size_t secret_bytes = 32;
constexpr std::array scope_names{"read", "deploy", "admin"};

std::string random_bytes(size_t count) {
  std::string result(count, '\0');
  randombytes_buf(result.data(), result.size());
  return result;
}

caf::error
file_error(const char* operation, const std::string& path, int code) {
  return make_failure(errc::internal,
                      {.operation = operation,
                       .object = path,
                       .reply = std::generic_category().message(code)});
}

caf::expected<std::vector<token_entry>>
parse(const std::string& path, std::string text) {
  std::vector<token_entry> result;
  json::document doc{std::move(text)};
  auto list = doc.root().needed_array("tokens");
  for (size_t i = 0; i < list.size(); ++i) {
    auto x = list.element(i);
    auto may = parse_scope(x.needed_text("scope"));
    if (!may)
      x.reject("scope");
    result.push_back({x.needed_text("id"), x.text("name"),
                      may.value_or(scope::read), x.needed_text("sha256"),
                      x.number("created"), x.number("expires")});
  }
  if (!doc.ok())
    return make_failure(errc::invalid_argument,
                        {.operation = "read the API's tokens in",
                         .object = path,
                         .reply = doc.problem(),
                         .hint = "Repair it, or remove it and make new ones."});
  return result;
}

std::string to_json(const std::vector<token_entry>& entries) {
  json::writer out;
  out.begin_object().key("tokens").begin_array();
  for (const auto& x : entries)
    out.begin_object()
      .text("id", x.id)
      .text("name", x.name)
      .text("scope", to_string(x.may))
      .text("sha256", x.hash)
      .number("created", x.created)
      .number("expires", x.expires)
      .end_object();
  out.end_array().end_object();
  return out.str() + "\n";
}

} // namespace

std::string to_string(scope x) {
  return scope_names.at(static_cast<size_t>(x));
}

caf::optional<scope> parse_scope(std::string_view text) {
  for (size_t i = 0; i < scope_names.size(); ++i)
    if (text == scope_names.at(i))
      return static_cast<scope>(i);
  return caf::none;
}

token_store::token_store(std::string path) : path_{std::move(path)} {
  if (sodium_init() < 0)
    throw std::runtime_error{"libsodium could not be initialised"};
}

caf::expected<std::vector<token_entry>> token_store::list() const {
  auto text = read_text_file(path_);
  if (text)
    return parse(path_, std::move(*text));
  if (code_of(text.error()) == errc::not_found)
    return std::vector<token_entry>{};
  return std::move(text.error());
}

// Of two processes that change the file, one waits for the other.
template <class Change>
caf::error token_store::change(Change edit) {
  descriptor lock;
  if (auto error_number = lock_for_change(path_, lock))
    return file_error("lock", path_ + ".lock", error_number);
  auto entries = list();
  if (!entries)
    return std::move(entries.error());
  if (auto err = edit(*entries))
    return err;
  if (auto error_number = replace_file(path_, to_json(*entries)))
    return file_error("write the API's tokens to", path_, error_number);
  return caf::none;
}

caf::expected<std::string>
token_store::create(const std::string& name, scope may, int64_t lifetime,
                    int64_t now) {
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
  if (name.empty() || name.size() > 64 || clean_text(name) != name
      || std::any_of(name.begin(), name.end(), is_control))
    return make_failure(errc::invalid_argument,
                        {.operation = "make a token for",
                         .object = in_quotes(name),
                         .reply = "a name has 1 to 64 printable characters"});
  token_entry entry;
  entry.id = to_hex(random_bytes(id_bytes));
  entry.name = name;
  entry.may = may;
  entry.created = now;
  entry.expires = lifetime > 0 ? now + lifetime : 0;
  auto secret = encode_base64url(random_bytes(secret_bytes));
  auto token = std::string{prefix} + entry.id + "_" + secret;
  entry.hash = sha256_hex(token);
  auto err = change([&](auto& entries) {
    entries.push_back(entry);
    return caf::error{};
  });
  if (err)
    return err;
  return token;
}

caf::error token_store::revoke(const std::string& id) {
  return change([&](auto& entries) {
    auto removed
      = std::erase_if(entries, [&](const auto& x) { return x.id == id; });
    if (removed > 0)
      return caf::error{};
    return make_failure(errc::not_found,
                        {.operation = "revoke token",
                         .object = in_quotes(id),
                         .reply = "there is none with this id",
                         .hint = "docker-watcher token list shows them."});
  });
}

token_store::file_version token_store::version() const {
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0)
    return {};
  return {static_cast<int64_t>(info.st_ino), info.st_size, info.st_mtim.tv_sec,
          info.st_mtim.tv_nsec};
}

void token_store::refresh() {
  if (auto current = version(); current != known_version_) {
    auto entries = list();
    // What cannot be read now, such as for want of a descriptor, is read again
    // with the next request.
    known_version_ = entries ? current : file_version{};
    known_ = entries ? std::move(*entries) : std::vector<token_entry>{};
  }
}

caf::optional<token_entry>
token_store::find_by_id(std::string_view id, int64_t now) {
  refresh();
  for (const auto& x : known_)
    if (x.id == id && (x.expires == 0 || now < x.expires))
      return x;
  return caf::none;
}

caf::optional<token_entry>
token_store::find(std::string_view token, int64_t now) {
  refresh();
  auto id = token.substr(0, prefix.size() + 2 * id_bytes);
  if (!id.starts_with(prefix))
    return caf::none;
  id.remove_prefix(prefix.size());
  auto hash = sha256_hex(token);
  for (const auto& x : known_)
    if (x.id == id && x.hash.size() == hash.size()
        && sodium_memcmp(x.hash.data(), hash.data(), hash.size()) == 0
        && (x.expires == 0 || now < x.expires))
      return x;
  return caf::none;
}

} // namespace dw::api
