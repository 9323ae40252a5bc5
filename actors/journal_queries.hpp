#pragma once

#include "messages/journal.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

namespace SQLite {

class Database;
class Statement;

} // namespace SQLite

// Private to the journal's files: what the one that writes and those that only
// read have in common. All throw SQLite::Exception if SQLite fails.

namespace dw {

/// The columns that `work_of` reads, for a SELECT from `work`.
constexpr auto work_columns
  = "deploy_id, action, asked_by, rollback_to, skip_drain, spec, tag, digest,"
    " not_serving, project, stage";

/// A piece of work, without the values of its environment, from a row that
/// begins with `work_columns`.
/// @param damage Why the spec cannot be read, of which then only project and
///               stage are left; none if it can.
submit_work work_of(SQLite::Statement& row, caf::error& damage);

/// The latest work, newest first. What is damaged is left out of a record.
caf::expected<std::vector<work_record>>
query_history(SQLite::Database& db, const list_history& x);

/// `errc::not_found` if there is no work of that id.
caf::expected<work_record>
query_work(SQLite::Database& db, const std::string& deploy_id);

} // namespace dw
