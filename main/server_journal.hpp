#pragma once

#include "actors/journal_store.hpp"
#include "main/server_settings.hpp"

#include <caf/expected.hpp>

#include <string>

namespace dw {

/// Opens the journal in the state directory, which nobody else may have open,
/// with the key that seals what is secret in it.
caf::expected<journal_store>
open_journal(const server_settings& settings, const std::string& state);

} // namespace dw
