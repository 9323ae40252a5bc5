#pragma once

#include "tests/support/npm_standin/database.hpp"

#include <optional>

namespace npm_standin {

/// The columns of a new host.
/// @param body A valid request to create one.
json new_host_columns(const json& body, std::int64_t owner_id);

/// Merges a valid request to update into the row.
void update_host_columns(json& row, const json& body);

/// @param except The host that may keep its names, zero for none.
/// @throws failure 400 if another host, of anybody, enabled or not, has one of
///         the names in any case.
void require_free_domains(const tables& t, const json& body,
                          std::int64_t except);

/// SQL's LIKE without regard to the case of ASCII letters: `%` stands for any
/// text, `_` for any character.
bool is_like(std::string_view text, std::string_view pattern);

} // namespace npm_standin
