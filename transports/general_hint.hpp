#pragma once

#include "messages/error.hpp"

#include <string>

namespace dw {

/// What a user can do about a failure of an exchange, where nothing more
/// precise is known than its code: a full sentence.
/// @param peer With whom the exchange was; may be empty.
/// @returns an empty string for failures that nobody outside can do anything
///          about, and for those that are expected.
std::string general_hint(errc code, const std::string& peer);

/// The error of an exchange: with that hint, unless the context has one.
caf::error make_exchange_failure(errc code, failure context);

} // namespace dw
