#pragma once

#include "messages/secret.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <string>

// A small private authority for what controllers and nodes show each other. All
// functions may be called from any thread; what fails is OpenSSL, out of memory
// or of random numbers.

namespace dw {

/// A certificate and its key (EC, P-256), in PEM format.
struct issued_certificate {
  std::string certificate;
  secret key;
};

/// What a certificate is good for.
enum class certificate_use {
  /// For those who connect.
  client,
  /// For those who are connected to.
  server,
};

/// Makes an authority, which may sign certificates but no other authorities.
/// @param name For people.
caf::expected<issued_certificate>
make_authority(const std::string& name, std::chrono::days valid);

/// Makes a certificate, which is valid from an hour ago, for clocks differ.
/// `errc::invalid_argument` if the authority cannot be read.
/// @param name Letters, digits, dots, hyphens and underscores.
caf::expected<issued_certificate>
issue_certificate(const issued_certificate& authority, const std::string& name,
                  certificate_use use, std::chrono::days valid);

} // namespace dw
