#pragma once

#include <caf/error.hpp>

#include <string>

namespace SQLite {

class Exception;

} // namespace SQLite

namespace dw {

/// What an exception of SQLiteCpp means: `errc::conflict` if another process
/// has the file, `errc::storage_failed` otherwise; the hint says what to do.
/// @param operation What was attempted, as a verb phrase.
/// @param path Of the database.
caf::error storage_error(const SQLite::Exception& x, std::string operation,
                         const std::string& path);

} // namespace dw
