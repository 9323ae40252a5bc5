#pragma once

#include "messages/secret.hpp"

#include <caf/expected.hpp>

#include <string>

namespace dw {

/// Asks on the terminal, and reads a line that is not shown. Blocks.
/// `errc::invalid_argument` if standard input is no terminal, or ends.
/// @param hint What to do instead, for the error.
caf::expected<secret>
ask_password(const std::string& question, const std::string& hint);

/// Reads standard input to its end, without the last line end. Blocks.
/// `errc::invalid_argument` if nothing comes.
caf::expected<secret> read_password();

} // namespace dw
