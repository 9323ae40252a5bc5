#pragma once

#include "messages/export.hpp"
#include "messages/secret.hpp"

#include <caf/expected.hpp>

#include <string>
#include <string_view>

namespace DW_EXPORT dw {

/// The variable that may have the key: 64 hexadecimal digits.
constexpr auto key_variable = "DOCKER_WATCHER_KEY";

/// Seals what must not lie on a disk in clear: encrypts it and protects it from
/// change, with XChaCha20-Poly1305 of libsodium. Not copied, so that the key is
/// in memory once; it is overwritten at the end. May be used by several threads
/// at once.
class sealer {
public:
  /// Takes a key of 64 hexadecimal digits; white space at its end is ignored.
  /// `errc::invalid_argument` if it is none. The error never shows the text.
  /// @param origin Where it is from, for errors.
  static caf::expected<sealer>
  from_text(const secret& key, const std::string& origin);

  /// Reads the key from a file that only its owner may read (mode 0600 or less)
  /// and that is ours or root's. Blocks. `errc::not_found` if there is none;
  /// `errc::invalid_argument` if others may read it.
  static caf::expected<sealer> from_file(const std::string& path);

  /// The same, and makes the file with a new key if there is none.
  static caf::expected<sealer> from_file_or_new(const std::string& path);

  sealer(sealer&& other) noexcept;
  sealer& operator=(sealer&& other) noexcept;
  sealer(const sealer&) = delete;
  sealer& operator=(const sealer&) = delete;
  ~sealer();

  /// Encrypts a text. Twice the same text does not give the same bytes.
  /// @param context What it belongs to; needed to open it, so that sealed texts
  ///                cannot be put in each other's place.
  std::string seal(const secret& text, std::string_view context) const;

  /// Decrypts what `seal` returned. `errc::storage_failed` if the key or the
  /// context is another one, or the bytes were changed.
  caf::expected<secret>
  open(std::string_view sealed, std::string_view context) const;

private:
  explicit sealer(std::string key);

  /// 32 bytes; none after a move.
  std::string key_;
};

/// Takes the key from the environment if that has one, else from a file.
/// @param make Makes the file, with a new key, if there is none.
caf::expected<sealer> find_sealer(const std::string& path, bool make);

} // namespace dw
