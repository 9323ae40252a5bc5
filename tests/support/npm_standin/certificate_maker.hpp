#pragma once

#include "tests/support/npm_standin/timestamps.hpp"

#include <string>

namespace npm_standin {

/// PEM texts.
struct certificate_files {
  std::string certificate;
  std::string key;
  millis not_after = 0;
};

/// A self-signed certificate for one name, valid from now.
/// @throws std::runtime_error if OpenSSL fails.
certificate_files
make_certificate(const std::string& common_name, std::int64_t days);

} // namespace npm_standin
