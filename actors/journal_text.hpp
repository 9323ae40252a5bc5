#pragma once

#include "messages/deployment.hpp"
#include "messages/secret.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <string>
#include <vector>

// What the journal stores, as JSON. Reading tolerates members that are absent:
// they keep their defaults, so that texts of older versions stay readable.
// Everything fails with `errc::storage_failed` if the text is damaged.

namespace dw {

namespace json {

class value;

} // namespace json

/// Milliseconds since 1970 as a time; 1970 for what no clock can hold.
caf::timestamp time_from(int64_t milliseconds);

/// Writes a spec down without the values of its environment.
std::string write_spec(const deploy_spec& spec);

caf::expected<deploy_spec> read_spec(std::string text);

/// Writes down the values of an environment.
secret write_env_values(const std::vector<env_entry>& env);

/// Puts the values back into the environment that they are from.
caf::error read_env_values(std::vector<env_entry>& env, const secret& text);

/// Writes down a report with its error.
std::string write_report(const deploy_report& report);

caf::expected<deploy_report> read_report(std::string text);

/// Reads a report within another text, which knows if something is wrong.
deploy_report read_report(const json::value& in);

/// Reads an error as reports have it; none if there is nothing, or null.
caf::error read_error(const json::value& in);

} // namespace dw
