#include "actors/journal_schema.hpp"

#include "messages/error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <array>

namespace dw {

namespace {

// Times are milliseconds since 1970 (UTC). Enumerators go by their names.
constexpr auto version_1 = R"sql(
CREATE TABLE work (
  number INTEGER PRIMARY KEY,  -- in the order of acceptance
  deploy_id TEXT NOT NULL UNIQUE,
  project TEXT NOT NULL,
  stage TEXT NOT NULL,
  action TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  rollback_to TEXT NOT NULL,
  skip_drain INTEGER NOT NULL,
  not_serving TEXT NOT NULL,
  spec TEXT NOT NULL,          -- JSON, without the values of the environment
  sealed_env BLOB NOT NULL,    -- these, encrypted
  tag TEXT NOT NULL,
  digest TEXT NOT NULL,
  container_id TEXT NOT NULL,
  accepted INTEGER NOT NULL,
  finished INTEGER,
  outcome TEXT,
  report TEXT                  -- JSON
);
CREATE INDEX work_of_stage ON work (project, stage, number);
CREATE INDEX unfinished_work ON work (number) WHERE outcome IS NULL;
CREATE TABLE step (
  work INTEGER NOT NULL REFERENCES work (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  phase TEXT NOT NULL,
  begun INTEGER NOT NULL,
  ended INTEGER,
  outcome TEXT NOT NULL,
  PRIMARY KEY (work, number)
) WITHOUT ROWID;
)sql";

// Images have rows for as long as the engine may have them, also when the work
// that pulled them is forgotten.
constexpr auto version_2 = R"sql(
CREATE TABLE image (
  digest TEXT NOT NULL,
  name TEXT NOT NULL,          -- repository:tag
  PRIMARY KEY (digest, name)
) WITHOUT ROWID;
CREATE INDEX work_of_digest ON work (digest);
INSERT OR IGNORE INTO image
  SELECT digest, iif(json_valid(spec)
                     AND json_extract(spec, '$.pull') IS NOT 'never',
                     json_extract(spec, '$.image') || ':' || tag, NULL)
  FROM work WHERE digest <> '';
)sql";

constexpr std::array migrations{version_1, version_2};

int number_of(SQLite::Database& db, const char* query) {
  return db.execAndGet(query).getInt();
}

caf::error
refuse(const std::string& path, std::string reply, std::string hint) {
  return make_failure(errc::storage_failed, {.operation = "open the journal",
                                             .object = path,
                                             .reply = std::move(reply),
                                             .hint = std::move(hint)});
}

// None if it is a journal of ours, or empty, and of a version up to `known`.
caf::error
refuse_others(SQLite::Database& db, const std::string& path, int known) {
  auto mark = number_of(db, "PRAGMA application_id");
  auto is_empty = number_of(db, "SELECT count(*) FROM sqlite_master") == 0;
  if (mark != journal_mark && !(mark == 0 && is_empty))
    return refuse(path, "it is a database, but no journal of docker-watcher",
                  "Name another file.");
  auto version = number_of(db, "PRAGMA user_version");
  if (version <= known)
    return caf::none;
  return refuse(path,
                "it has version " + std::to_string(version)
                  + ", and this program knows versions up to "
                  + std::to_string(known),
                "Use the newer docker-watcher that wrote it.");
}

} // namespace

std::span<const char* const> journal_migrations() {
  return migrations;
}

caf::error check_version(SQLite::Database& db, const std::string& path,
                         std::span<const char* const> steps) {
  auto known = static_cast<int>(steps.size());
  if (auto err = refuse_others(db, path, known))
    return err;
  auto version = number_of(db, "PRAGMA user_version");
  if (version == known)
    return caf::none;
  return refuse(path,
                "it has version " + std::to_string(version)
                  + ", and this program reads version " + std::to_string(known),
                "docker-watcher serve brings it up to date when it starts.");
}

caf::error migrate(SQLite::Database& db, const std::string& path,
                   std::span<const char* const> steps) {
  auto known = static_cast<int>(steps.size());
  if (auto err = refuse_others(db, path, known))
    return err;
  auto version = number_of(db, "PRAGMA user_version");
  for (; version < known; ++version) {
    SQLite::Transaction transaction{db};
    db.exec(steps[static_cast<size_t>(version)]);
    db.exec("PRAGMA application_id = " + std::to_string(journal_mark));
    db.exec("PRAGMA user_version = " + std::to_string(version + 1));
    transaction.commit();
  }
  return caf::none;
}

} // namespace dw
