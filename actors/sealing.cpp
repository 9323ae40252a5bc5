#include "actors/sealing.hpp"

#include "actors/descriptor.hpp"
#include "actors/durable_file.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace dw {

namespace {

constexpr size_t key_size = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t nonce_size = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;

constexpr auto how_to_make_one
  = "A key has 64 hexadecimal digits, as \"openssl rand -hex 32\" prints them.";

// Harmless when it is done already.
void init_sodium() {
  if (sodium_init() < 0)
    throw std::runtime_error{"libsodium cannot be used on this system"};
}

const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

unsigned char* bytes_of(std::string& x) {
  return reinterpret_cast<unsigned char*>(x.data());
}

caf::error bad_key(errc code, const std::string& origin, std::string reply,
                   std::string hint = {}) {
  return make_failure(code, {.operation = "take the key from",
                             .object = origin,
                             .reply = std::move(reply),
                             .hint = std::move(hint)});
}

caf::error unreadable(int error_number, const std::string& path) {
  return bad_key(error_number == ENOENT ? errc::not_found
                                        : errc::storage_failed,
                 path, std::generic_category().message(error_number));
}

// The mode is that of the open file, not of what has its name by then.
caf::error check_privacy(const descriptor& file, const std::string& path) {
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0)
    return unreadable(errno, path);
  if (!S_ISREG(info.st_mode))
    return bad_key(errc::invalid_argument, path, "it is no file");
  if ((info.st_mode & 077) != 0)
    return bad_key(errc::invalid_argument, path, "other users may read it",
                   "Run chmod 600 " + path
                     + ". If others may have read it, make a new key and log "
                       "in again.");
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return bad_key(errc::invalid_argument, path, "it belongs to another user");
  return caf::none;
}

caf::error write_key_file(const std::string& path) {
  std::array<unsigned char, key_size> key{};
  randombytes_buf(key.data(), key.size());
  std::string text(2 * key_size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), key.data(), key.size());
  sodium_memzero(key.data(), key.size());
  text.back() = '\n';
  // Under another name first: whoever looks finds the whole key or none.
  auto draft = path + ".new";
  auto error_number = write_draft(draft, text);
  wipe(text);
  // Another process may have been faster; then its key is the one.
  if (error_number == 0 && ::link(draft.c_str(), path.c_str()) != 0
      && errno != EEXIST)
    error_number = errno;
  ::unlink(draft.c_str());
  if (error_number == 0)
    error_number = sync_directory_of(path);
  if (error_number == 0)
    return caf::none;
  return make_failure(
    errc::storage_failed,
    {.operation = "make the key",
     .object = path,
     .reply = std::generic_category().message(error_number),
     .hint = "Make sure that this user may write to its directory."});
}

} // namespace

sealer::sealer(std::string key) : key_{std::move(key)} {
  // nop
}

sealer::sealer(sealer&& other) noexcept
  : key_{std::exchange(other.key_, std::string{})} {
  // nop
}

sealer& sealer::operator=(sealer&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}

sealer::~sealer() {
  wipe(key_);
}

caf::expected<sealer>
sealer::from_text(const secret& key, const std::string& origin) {
  init_sodium();
  std::string_view text{key.reveal()};
  while (!text.empty()
         && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r'))
    text.remove_suffix(1);
  std::string result(key_size, '\0');
  size_t size = 0;
  const char* end = nullptr;
  if (text.size() != 2 * key_size
      || sodium_hex2bin(bytes_of(result), result.size(), text.data(),
                        text.size(), nullptr, &size, &end)
           != 0
      || size != key_size || end != text.data() + text.size()) {
    wipe(result);
    return bad_key(errc::invalid_argument, origin, "it is not a key",
                   how_to_make_one);
  }
  return sealer{std::move(result)};
}

caf::expected<sealer> sealer::from_file(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
    return unreadable(errno, path);
  if (auto err = check_privacy(file, path))
    return err;
  std::string text(4 * key_size, '\0');
  auto n = ::read(file.get(), text.data(), text.size());
  if (n < 0)
    return unreadable(errno, path);
  text.resize(static_cast<size_t>(n));
  return from_text(secret{std::move(text)}, path);
}

caf::expected<sealer> sealer::from_file_or_new(const std::string& path) {
  init_sodium();
  auto result = from_file(path);
  if (result || code_of(result.error()) != errc::not_found)
    return result;
  if (auto err = write_key_file(path))
    return err;
  return from_file(path);
}

caf::expected<sealer> find_sealer(const std::string& path, bool make) {
  if (const auto* key = std::getenv(key_variable); key != nullptr)
    return sealer::from_text(secret{key}, key_variable);
  return make ? sealer::from_file_or_new(path) : sealer::from_file(path);
}

std::string sealer::seal(const secret& text, std::string_view context) const {
  const auto& plain = text.reveal();
  std::string result(nonce_size + plain.size() + tag_size, '\0');
  auto* nonce = bytes_of(result);
  randombytes_buf(nonce, nonce_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + nonce_size, nullptr,
                                             bytes_of(plain), plain.size(),
                                             bytes_of(context), context.size(),
                                             nullptr, nonce, bytes_of(key_));
  return result;
}

caf::expected<secret>
sealer::open(std::string_view sealed, std::string_view context) const {
  auto failed = [&] {
    return make_failure(errc::storage_failed,
                        {.operation = "open what is sealed for",
                         .object = std::string{context},
                         .reply = "it was sealed with another key, or damaged",
                         .hint = "Use the key that it was sealed with."});
  };
  if (sealed.size() < nonce_size + tag_size)
    return failed();
  const auto* nonce = bytes_of(sealed);
  std::string plain(sealed.size() - nonce_size - tag_size, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
        bytes_of(plain), nullptr, nullptr, nonce + nonce_size,
        sealed.size() - nonce_size, bytes_of(context), context.size(), nonce,
        bytes_of(key_))
      != 0)
    return failed();
  return secret{std::move(plain)};
}

} // namespace dw
