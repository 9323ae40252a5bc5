#include "actors/journal_reader.hpp"

#include "actors/journal_queries.hpp"
#include "actors/journal_schema.hpp"
#include "actors/sqlite_errors.hpp"
#include "messages/error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <unistd.h>

#include <utility>

namespace dw {

namespace {

constexpr auto operation = "read the journal";

// A writer holds readers up only while the file is opened after a crash.
constexpr int busy_milliseconds = 5'000;

} // namespace

struct journal_reader::impl {
  explicit impl(const std::string& file)
    : path{file}, db{file, SQLite::OPEN_READONLY, busy_milliseconds} {
    // nop
  }

  // Work and its steps are of one moment.
  template <class Query>
  auto run(Query query) -> decltype(query(std::declval<SQLite::Database&>())) {
    try {
      SQLite::Transaction snapshot{db};
      return query(db);
    } catch (const SQLite::Exception& x) {
      return storage_error(x, operation, path);
    }
  }

  std::string path;
  SQLite::Database db;
};

journal_reader::journal_reader(std::unique_ptr<impl> x) : impl_{std::move(x)} {
  // nop
}

journal_reader::journal_reader(journal_reader&& other) noexcept = default;
journal_reader&
journal_reader::operator=(journal_reader&& other) noexcept = default;
journal_reader::~journal_reader() = default;

caf::expected<journal_reader> journal_reader::open(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT)
    return make_failure(errc::not_found,
                        {.operation = operation,
                         .object = path,
                         .reply = "it does not exist",
                         .hint = "docker-watcher serve keeps one."});
  try {
    auto result = std::make_unique<impl>(path);
    if (auto err = check_version(result->db, path, journal_migrations()))
      return err;
    return journal_reader{std::move(result)};
  } catch (const SQLite::Exception& x) {
    return storage_error(x, operation, path);
  }
}

caf::expected<std::vector<work_record>>
journal_reader::history(const list_history& x) {
  return impl_->run([&](auto& db) { return query_history(db, x); });
}

caf::expected<work_record> journal_reader::read(const std::string& deploy_id) {
  return impl_->run([&](auto& db) { return query_work(db, deploy_id); });
}

} // namespace dw
