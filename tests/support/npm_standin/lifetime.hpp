#pragma once

#include "tests/support/npm_standin/timestamps.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace npm_standin {

/// How long a token lives, as two libraries of the real server read the same
/// text: they disagree on months ("1M" is a minute to the one that signs).
struct lifetime {
  /// The text itself, which goes into the token.
  std::string text;
  /// `exp - iat`; none if signing fails, which it does for quarters ("1Q").
  std::optional<std::int64_t> seconds;
  /// What the answer says in `expires`; none for a date beyond all calendars.
  std::optional<millis> expires;
};

/// Reads `^[0-9]+(y|Q|M|w|d|h|m|s|ms)$`, case-sensitive; empty means "1d".
/// @param from When the token is issued.
std::optional<lifetime> parse_lifetime(std::string_view text, millis from);

} // namespace npm_standin
