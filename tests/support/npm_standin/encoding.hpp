#pragma once

#include <string>
#include <string_view>

namespace npm_standin {

std::string base64(std::string_view bytes);

/// Base64 with the URL alphabet and no padding, as JSON Web Tokens use it.
std::string base64url(std::string_view bytes);

/// The inverse of base64url(); wrong characters give an arbitrary result.
std::string from_base64url(std::string_view text);

/// RFC 4648 base 32 without padding, the notation of TOTP secrets.
std::string base32(std::string_view bytes);
std::string from_base32(std::string_view text);

std::string hex(std::string_view bytes);

std::string md5(std::string_view bytes);
std::string sha1(std::string_view bytes);

std::string random_bytes(std::size_t count);

/// "%41" and "+" of a query string or form.
std::string url_decode(std::string_view text);

/// ASCII letters only, like SQLite's LIKE.
std::string lower_case(std::string_view text);

} // namespace npm_standin
