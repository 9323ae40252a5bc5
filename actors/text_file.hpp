#pragma once

#include <caf/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace dw {

/// The largest text file that is read: configurations and secrets are small.
constexpr size_t max_text_file = 1024 * 1024;

/// Whether `bytes` is UTF-8 without NUL, and so can travel in JSON, YAML and
/// process environments unchanged.
bool is_text(std::string_view bytes);

/// Reads a whole file; blocks. Pipes are fine. Fails with `errc::not_found` if
/// it does not exist, `errc::too_large` beyond `max_text_file`, and otherwise
/// `errc::invalid_argument`; the reply says why, and never shows the content.
caf::expected<std::string> read_text_file(const std::string& path);

} // namespace dw
