#pragma once

#include "tests/support/npm_standin/access.hpp"
#include "tests/support/npm_standin/database.hpp"
#include "tests/support/npm_standin/npm_version.hpp"

#include <set>
#include <string>
#include <string_view>

namespace npm_standin {

/// Names of relations to show along with a row.
using expansion = std::set<std::string, std::less<>>;

/// Reads "owner,access_list.[items,clients]".
/// @throws failure 500 for a name that is not in `known`, as the real server.
expansion parse_expansion(std::string_view text, const expansion& known);

/// The relations of a proxy host; answers to create and update show them all.
const expansion& host_relations();

/// A proxy host as the API shows it.
json host_answer(const tables& t, const json& row, const expansion& expand,
                 npm_version version);

/// A user without its secrets.
json user_answer(const json& row, npm_version version);

/// A certificate. For an uploaded one `meta` shows the private key.
json certificate_answer(const json& row);

/// An access list without users and clients.
json access_list_answer(const tables& t, const json& row);

/// The users of an access list with their passwords replaced by hints.
json masked_items(const json& items);

} // namespace npm_standin
