#pragma once

#include <caf/error.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace SQLite {

class Database;

} // namespace SQLite

namespace dw {

/// Marks a file as a journal of ours, in SQLite's `application_id`: "dwjl".
constexpr int32_t journal_mark = 0x64776a6c;

/// What gets a journal from each version to the next, in SQL: the first makes
/// an empty file version 1. Never change one that was released; append.
std::span<const char* const> journal_migrations();

/// Brings a database to the version that the last migration leads to, one
/// transaction for each. `errc::storage_failed` if the file is of a newer
/// version, or somebody else's.
/// @param path For errors.
/// @throws SQLite::Exception if SQLite fails.
caf::error migrate(SQLite::Database& db, const std::string& path,
                   std::span<const char* const> migrations);

/// Whether a database is of the version that the last migration leads to, for
/// those who may not change it; `errc::storage_failed` if it is not.
/// @throws SQLite::Exception if SQLite fails.
caf::error check_version(SQLite::Database& db, const std::string& path,
                         std::span<const char* const> migrations);

} // namespace dw
