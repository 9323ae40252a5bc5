#include "actors/journal_store.hpp"

#include "actors/descriptor.hpp"
#include "actors/file_lock.hpp"
#include "actors/journal_queries.hpp"
#include "actors/journal_schema.hpp"
#include "actors/journal_text.hpp"
#include "actors/sqlite_errors.hpp"
#include "messages/enum_name.hpp"
#include "messages/error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <fcntl.h>
#include <sqlite3.h>

#include <filesystem>
#include <utility>

namespace dw {

namespace {

// -- between SQL and C++ ------------------------------------------------------

void bind_blob(SQLite::Statement& to, int index, const std::string& bytes) {
  to.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
}

// Runs a statement that returns no rows, and makes it ready for the next time.
int run(SQLite::Statement& x) {
  auto changed = x.exec();
  x.reset();
  return changed;
}

// -- statements ---------------------------------------------------------------

constexpr auto accept_sql
  = "INSERT INTO work (deploy_id, project, stage, action, asked_by,"
    " rollback_to, skip_drain, not_serving, spec, sealed_env, tag, digest,"
    " container_id, accepted)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)"
    // Work that is resumed stays as it was accepted.
    " ON CONFLICT (deploy_id) DO UPDATE SET deploy_id = deploy_id"
    " WHERE outcome IS NULL";

constexpr auto interrupt_sql
  = "UPDATE step SET outcome = 'interrupted' WHERE outcome = 'begun'"
    " AND work = (SELECT number FROM work WHERE deploy_id = ?1)";

// Undoing is done also when what it undoes has failed.
constexpr auto end_step_sql
  = "UPDATE step SET ended = ?2, outcome = iif(phase = 'undoing', 'done', ?3)"
    " WHERE outcome = 'begun'"
    " AND work = (SELECT number FROM work WHERE deploy_id = ?1)";

constexpr auto begin_step_sql
  = "INSERT INTO step (work, number, phase, begun, outcome)"
    " SELECT number, (SELECT count(*) FROM step WHERE work = work.number), ?2,"
    " ?3, 'begun' FROM work WHERE deploy_id = ?1";

constexpr auto learn_sql
  = "UPDATE work SET tag = ?2, digest = ?3, container_id = ?4"
    " WHERE deploy_id = ?1"
    " AND (tag, digest, container_id) IS NOT (?2, ?3, ?4)";

constexpr auto finish_sql
  = "UPDATE work SET finished = ?2, outcome = ?3, tag = ?4, digest = ?5,"
    " report = ?6 WHERE deploy_id = ?1 AND outcome IS NULL";

constexpr auto note_image_sql
  = "INSERT OR IGNORE INTO image (digest, name) VALUES (?1, ?2)";

// A deploy may have pulled it again meanwhile.
constexpr auto drop_image_sql
  = "DELETE FROM image WHERE digest = ?1"
    " AND NOT EXISTS (SELECT 1 FROM work WHERE work.digest = image.digest)";

// A deploy that does not know its digest yet may want any of them.
constexpr auto unneeded_sql
  = "SELECT digest, name FROM image WHERE digest ="
    "  (SELECT min(digest) FROM image WHERE digest > ?1 AND NOT EXISTS"
    "   (SELECT 1 FROM work WHERE work.digest = image.digest))"
    " AND NOT EXISTS (SELECT 1 FROM work WHERE outcome IS NULL"
    "  AND digest = '' AND action IN ('deploy', 'rollback'))"
    " ORDER BY name";

constexpr auto forget_sql
  = "DELETE FROM work WHERE project = ?1 AND stage = ?2"
    " AND outcome IS NOT NULL"
    " AND number <= (SELECT number FROM work WHERE project = ?1 AND stage = ?2"
    "  AND outcome IS NOT NULL ORDER BY number DESC LIMIT 1 OFFSET ?3)"
    " AND number NOT IN (SELECT number FROM work WHERE project = ?1"
    "  AND stage = ?2 AND outcome = 'deployed'"
    "  AND action IN ('deploy', 'rollback') ORDER BY number DESC LIMIT 2)";

// A rollback deployed what an earlier deploy is there for. Without what serves
// in the journal, the latest is the one before.
constexpr auto earlier_sql
  = "SELECT deploy_id, spec, sealed_env, tag, digest FROM work"
    " WHERE project = ?1 AND stage = ?2 AND outcome = 'deployed'"
    " AND action = 'deploy' AND digest <> '' AND (?3 = '' OR tag = ?3)"
    " AND container_id <> ?4"
    " AND (?3 <> '' OR digest <> coalesce("
    "  (SELECT digest FROM work WHERE container_id = ?4 AND ?4 <> ''"
    "   ORDER BY number DESC LIMIT 1), ''))"
    " ORDER BY number DESC LIMIT 1";

constexpr auto unfinished_columns
  = ", sealed_env, container_id,"
    " (SELECT phase FROM step WHERE work = work.number"
    "  ORDER BY step.number DESC LIMIT 1),"
    " EXISTS (SELECT 1 FROM step WHERE work = work.number"
    "  AND phase IN ('draining', 'retiring'))"
    " FROM work WHERE outcome IS NULL ORDER BY number";

// The database has what environments are, and who deploys what, so it is for
// its owner only. SQLite gives the log beside it the same mode.
void make_private(const std::string& path) {
  descriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
}

// Readers hold a writer up only while the file is opened after a crash.
constexpr int busy_milliseconds = 5'000;

void prepare(SQLite::Database& db) {
  db.exec("PRAGMA journal_mode = WAL");
  // Each commit waits until the disk has it.
  db.exec("PRAGMA synchronous = FULL");
  db.exec("PRAGMA foreign_keys = ON");
  // What one large checkpoint needed is given back.
  db.exec("PRAGMA journal_size_limit = 4194304");
}

// One process writes; others may read beside it, so SQLite's own locks do not
// say who that is.
caf::expected<file_lock> lock_database(const std::filesystem::path& path) {
  auto name = path.filename().string() + ".lock";
  make_private(path.parent_path() / name);
  // Our own directory may be a link.
  std::error_code ignored;
  auto folder = std::filesystem::canonical(path.parent_path(), ignored);
  if (folder.empty())
    folder = path.parent_path();
  auto lock = file_lock::open(folder.string(), name);
  if (!lock)
    return make_failure(errc::storage_failed, failure_of(lock.error()));
  if (!lock->try_lock())
    return make_failure(errc::conflict,
                        {.operation = "open the journal",
                         .object = path.string(),
                         .reply = "process " + lock->holder() + " has it",
                         .hint = "One process at a time can write to it."});
  return lock;
}

caf::error check_integrity(SQLite::Database& db, const std::string& path) {
  auto verdict = db.execAndGet("PRAGMA quick_check(1)").getString();
  if (verdict == "ok")
    return caf::none;
  return storage_error(SQLite::Exception{verdict, SQLITE_CORRUPT},
                       "open the journal", path);
}

} // namespace

// -- the database while it is open --------------------------------------------

struct journal_store::impl {
  impl(const journal_settings& settings, file_lock locked,
       SQLite::Database opened, sealer sealed)
    : path{settings.path}, keep{settings.keep}, lock{std::move(locked)},
      seal{std::move(sealed)}, db{std::move(opened)}, accept{db, accept_sql},
      interrupt{db, interrupt_sql}, end_step{db, end_step_sql},
      begin_step{db, begin_step_sql}, learn{db, learn_sql},
      finish{db, finish_sql}, forget{db, forget_sql},
      note_image{db, note_image_sql}, drop_image{db, drop_image_sql} {
    // nop
  }

  caf::error write(const work_accepted& x, caf::timestamp when);
  caf::error write(const step_begun& x, caf::timestamp when);
  caf::error write(const work_finished& x, caf::timestamp when);
  caf::error write(const image_removed& x, caf::timestamp when);
  void close_step(const std::string& id, caf::timestamp when, bool is_done);
  caf::error unknown(const std::string& deploy_id, std::string reply) const;
  caf::error unseal(const std::string& sealed, const std::string& deploy_id,
                    deploy_spec& out) const;

  std::string path;
  uint32_t keep;
  file_lock lock;
  sealer seal;
  SQLite::Database db;
  SQLite::Statement accept;
  SQLite::Statement interrupt;
  SQLite::Statement end_step;
  SQLite::Statement begin_step;
  SQLite::Statement learn;
  SQLite::Statement finish;
  SQLite::Statement forget;
  SQLite::Statement note_image;
  SQLite::Statement drop_image;
};

caf::error journal_store::impl::unknown(const std::string& deploy_id,
                                        std::string reply) const {
  return make_failure(errc::conflict, {.operation = "record work",
                                       .object = deploy_id,
                                       .reply = std::move(reply)});
}

// Fills in the values of an environment that was accepted with that id.
caf::error journal_store::impl::unseal(const std::string& sealed,
                                       const std::string& deploy_id,
                                       deploy_spec& out) const {
  auto values = seal.open(sealed, deploy_id);
  return values ? read_env_values(out.env, *values) : std::move(values.error());
}

caf::error
journal_store::impl::write(const work_accepted& x, caf::timestamp when) {
  const auto& work = x.work;
  auto action = to_string(work.action);
  auto spec = write_spec(work.spec);
  auto env = seal.seal(write_env_values(work.spec.env), work.deploy_id);
  accept.bindNoCopy(1, work.deploy_id);
  accept.bindNoCopy(2, work.spec.project);
  accept.bindNoCopy(3, work.spec.stage);
  accept.bindNoCopy(4, action);
  accept.bindNoCopy(5, work.asked_by);
  accept.bindNoCopy(6, work.rollback_to);
  accept.bind(7, work.skip_drain ? 1 : 0);
  accept.bindNoCopy(8, work.not_serving);
  accept.bindNoCopy(9, spec);
  bind_blob(accept, 10, env);
  accept.bindNoCopy(11, work.spec.tag);
  accept.bindNoCopy(12, work.spec.digest);
  accept.bind(13, to_milliseconds(when));
  if (run(accept) == 0)
    return unknown(work.deploy_id, "work of that id has finished");
  // If it is resumed, nobody has seen the end of what ran.
  interrupt.bindNoCopy(1, work.deploy_id);
  run(interrupt);
  return caf::none;
}

void journal_store::impl::close_step(const std::string& id, caf::timestamp when,
                                     bool is_done) {
  auto outcome = to_string(is_done ? step_outcome::done : step_outcome::failed);
  end_step.bindNoCopy(1, id);
  end_step.bind(2, to_milliseconds(when));
  end_step.bindNoCopy(3, outcome);
  run(end_step);
}

caf::error
journal_store::impl::write(const step_begun& x, caf::timestamp when) {
  close_step(x.deploy_id, when, !x.failure);
  auto phase = to_string(x.phase);
  begin_step.bindNoCopy(1, x.deploy_id);
  begin_step.bindNoCopy(2, phase);
  begin_step.bind(3, to_milliseconds(when));
  if (run(begin_step) == 0)
    return unknown(x.deploy_id, "no work of that id was accepted");
  learn.bindNoCopy(1, x.deploy_id);
  learn.bindNoCopy(2, x.tag);
  learn.bindNoCopy(3, x.digest);
  learn.bindNoCopy(4, x.container_id);
  run(learn);
  if (!x.digest.empty() && !x.repository.empty()) {
    auto name = x.repository + ":" + x.tag;
    note_image.bindNoCopy(1, x.digest);
    note_image.bindNoCopy(2, name);
    run(note_image);
  }
  return caf::none;
}

caf::error
journal_store::impl::write(const work_finished& x, caf::timestamp when) {
  const auto& report = x.report;
  close_step(report.deploy_id, when,
             report.outcome == deploy_outcome::deployed);
  auto outcome = to_string(report.outcome);
  auto text = write_report(report);
  finish.bindNoCopy(1, report.deploy_id);
  finish.bind(2, to_milliseconds(when));
  finish.bindNoCopy(3, outcome);
  finish.bindNoCopy(4, report.tag);
  finish.bindNoCopy(5, report.digest);
  finish.bindNoCopy(6, text);
  if (run(finish) == 0)
    return unknown(report.deploy_id, "no unfinished work has that id");
  forget.bindNoCopy(1, report.project);
  forget.bindNoCopy(2, report.stage);
  forget.bind(3, static_cast<int64_t>(keep));
  run(forget);
  return caf::none;
}

caf::error journal_store::impl::write(const image_removed& x, caf::timestamp) {
  drop_image.bindNoCopy(1, x.digest);
  run(drop_image);
  return caf::none;
}

// -- journal_store ------------------------------------------------------------

journal_store::journal_store(std::unique_ptr<impl> x) : impl_{std::move(x)} {
  // nop
}

journal_store::journal_store(journal_store&& other) noexcept = default;
journal_store&
journal_store::operator=(journal_store&& other) noexcept = default;
journal_store::~journal_store() = default;

caf::expected<journal_store>
journal_store::open(const journal_settings& settings, sealer seal) {
  const auto& path = settings.path;
  try {
    make_private(path);
    SQLite::Database db{path, SQLite::OPEN_READWRITE, busy_milliseconds};
    auto lock = lock_database(path);
    if (!lock)
      return std::move(lock.error());
    prepare(db);
    if (auto err = migrate(db, path, journal_migrations()))
      return err;
    if (auto err = check_integrity(db, path))
      return err;
    return journal_store{std::make_unique<impl>(
      settings, std::move(*lock), std::move(db), std::move(seal))};
  } catch (const SQLite::Exception& x) {
    return storage_error(x, "open the journal", path);
  }
}

caf::error journal_store::append(std::span<const journal_entry> entries) {
  auto& x = *impl_;
  try {
    SQLite::Transaction transaction{x.db};
    for (const auto& entry : entries) {
      auto write = [&](const auto& what) { return x.write(what, entry.when); };
      if (auto err = std::visit(write, entry.what))
        return err;
    }
    transaction.commit();
    return caf::none;
  } catch (const SQLite::Exception& thrown) {
    for (auto* y :
         {&x.accept, &x.interrupt, &x.end_step, &x.begin_step, &x.learn,
          &x.finish, &x.forget, &x.note_image, &x.drop_image})
      y->tryReset();
    return storage_error(thrown, "write to the journal", x.path);
  }
}

caf::expected<std::vector<work_record>>
journal_store::history(const list_history& x) {
  try {
    return query_history(impl_->db, x);
  } catch (const SQLite::Exception& thrown) {
    return storage_error(thrown, "read the journal", impl_->path);
  }
}

caf::expected<work_record> journal_store::read(const std::string& deploy_id) {
  try {
    return query_work(impl_->db, deploy_id);
  } catch (const SQLite::Exception& thrown) {
    return storage_error(thrown, "read the journal", impl_->path);
  }
}

caf::expected<std::vector<unfinished_work>> journal_store::unfinished() {
  try {
    std::vector<unfinished_work> result;
    SQLite::Statement query{impl_->db, std::string{"SELECT "} + work_columns
                                         + unfinished_columns};
    while (query.executeStep()) {
      auto& x = result.emplace_back();
      x.work = work_of(query, x.problem);
      x.is_damaged = static_cast<bool>(x.problem);
      x.tag = query.getColumn(6).getString();
      x.digest = query.getColumn(7).getString();
      if (!x.is_damaged)
        x.problem = impl_->unseal(query.getColumn(11).getString(),
                                  x.work.deploy_id, x.work.spec);
      x.container_id = query.getColumn(12).getString();
      assign_enum(x.phase, query.getColumn(13).getString(), last_deploy_phase);
      x.was_committed = query.getColumn(14).getInt() != 0;
    }
    return result;
  } catch (const SQLite::Exception& thrown) {
    return storage_error(thrown, "read the journal", impl_->path);
  }
}

caf::expected<deploy_spec> journal_store::earlier(const find_earlier& x) {
  try {
    SQLite::Statement query{impl_->db, earlier_sql};
    query.bindNoCopy(1, x.project);
    query.bindNoCopy(2, x.stage);
    query.bindNoCopy(3, x.tag);
    query.bindNoCopy(4, x.serving);
    if (!query.executeStep())
      return make_failure(errc::not_found,
                          {.operation = "find an earlier deploy",
                           .object = x.project + "/" + x.stage,
                           .reply = "the history has none"});
    auto spec = read_spec(query.getColumn(1).getString());
    if (!spec)
      return std::move(spec.error());
    if (auto err = impl_->unseal(query.getColumn(2).getString(),
                                 query.getColumn(0).getString(), *spec))
      return err;
    spec->tag = query.getColumn(3).getString();
    spec->digest = query.getColumn(4).getString();
    return spec;
  } catch (const SQLite::Exception& thrown) {
    return storage_error(thrown, "read the journal", impl_->path);
  }
}

caf::expected<deployed_image>
journal_store::unneeded_image(const find_unneeded& x) {
  try {
    SQLite::Statement query{impl_->db, unneeded_sql};
    query.bindNoCopy(1, x.after);
    deployed_image result;
    while (query.executeStep()) {
      result.digest = query.getColumn(0).getString();
      result.names.push_back(query.getColumn(1).getString());
    }
    if (result.names.empty())
      return make_failure(errc::not_found,
                          {.operation = "find an image that is not needed",
                           .reply = "there is none"});
    return result;
  } catch (const SQLite::Exception& thrown) {
    return storage_error(thrown, "read the journal", impl_->path);
  }
}

} // namespace dw
