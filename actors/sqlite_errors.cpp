#include "actors/sqlite_errors.hpp"

#include "messages/error.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <utility>

namespace dw {

namespace {

std::string hint_for(int code, const std::string& path) {
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "Another process uses it; one at a time can.";
    case SQLITE_FULL:
      return "Free space where it is.";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "Make sure that its directory exists and that this user may write "
             "there.";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "Restore it from a backup, or move it and " + path
             + "-wal away to begin anew. Containers and proxy hosts are not "
               "affected; a stage's next deploy tidies up what was unfinished.";
    default:
      return {};
  }
}

} // namespace

caf::error storage_error(const SQLite::Exception& x, std::string operation,
                         const std::string& path) {
  auto code = x.getErrorCode() & 0xff; // without what extends it
  auto is_busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  return make_failure(is_busy ? errc::conflict : errc::storage_failed,
                      {.operation = std::move(operation),
                       .object = path,
                       .reply = x.getErrorStr(),
                       .hint = hint_for(code, path)});
}

} // namespace dw
