#include "actors/journal_queries.hpp"

#include "actors/journal_text.hpp"
#include "messages/enum_name.hpp"
#include "messages/error.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <utility>

namespace dw {

namespace {

using std::chrono::milliseconds;

constexpr auto more_columns
  = ", accepted, finished, report, outcome, number FROM work ";

constexpr auto steps_sql
  = "SELECT phase, begun, ended, outcome FROM step WHERE work = ?1"
    " ORDER BY number";

caf::timestamp time_of(const SQLite::Column& x) {
  return time_from(x.getInt64());
}

// A name that this version does not know leaves the default.
template <class Enum>
Enum enum_of(const SQLite::Column& x, Enum last) {
  auto result = Enum{};
  assign_enum(result, x.getString(), last);
  return result;
}

std::vector<step_record> query_steps(SQLite::Database& db, int64_t work) {
  std::vector<step_record> result;
  SQLite::Statement query{db, steps_sql};
  query.bind(1, work);
  while (query.executeStep()) {
    auto& x = result.emplace_back();
    x.phase = enum_of(query.getColumn(0), last_deploy_phase);
    x.begun = time_of(query.getColumn(1));
    if (!query.getColumn(2).isNull())
      x.duration = std::chrono::duration_cast<milliseconds>(
        time_of(query.getColumn(2)) - x.begun);
    x.outcome = enum_of(query.getColumn(3), last_step_outcome);
  }
  return result;
}

deploy_report report_of(const SQLite::Column& text, const work_record& x,
                        deploy_outcome outcome) {
  auto report = read_report(text.getString());
  if (report)
    return std::move(*report);
  deploy_report result;
  result.deploy_id = x.work.deploy_id;
  result.project = x.work.spec.project;
  result.stage = x.work.spec.stage;
  result.action = x.work.action;
  result.outcome = outcome;
  result.tag = x.tag;
  result.digest = x.digest;
  result.error = std::move(report.error());
  return result;
}

// One that is damaged does not hide the others.
work_record record_of(SQLite::Database& db, SQLite::Statement& row) {
  work_record x;
  caf::error ignored;
  x.work = work_of(row, ignored);
  x.tag = row.getColumn(6).getString();
  x.digest = row.getColumn(7).getString();
  x.accepted = time_of(row.getColumn(11));
  if (!row.getColumn(12).isNull()) {
    x.finished = time_of(row.getColumn(12));
    x.report = report_of(row.getColumn(13), x,
                         enum_of(row.getColumn(14), last_deploy_outcome));
  }
  x.steps = query_steps(db, row.getColumn(15).getInt64());
  return x;
}

} // namespace

submit_work work_of(SQLite::Statement& row, caf::error& damage) {
  submit_work x;
  x.deploy_id = row.getColumn(0).getString();
  x.action = enum_of(row.getColumn(1), last_stage_action);
  x.asked_by = row.getColumn(2).getString();
  x.rollback_to = row.getColumn(3).getString();
  x.skip_drain = row.getColumn(4).getInt() != 0;
  x.not_serving = row.getColumn(8).getString();
  if (auto spec = read_spec(row.getColumn(5).getString()))
    x.spec = std::move(*spec);
  else
    damage = std::move(spec.error());
  x.spec.project = row.getColumn(9).getString();
  x.spec.stage = row.getColumn(10).getString();
  return x;
}

caf::expected<std::vector<work_record>>
query_history(SQLite::Database& db, const list_history& x) {
  std::vector<work_record> result;
  SQLite::Statement query{
    db, std::string{"SELECT "} + work_columns + more_columns
          + "WHERE (?1 = '' OR project = ?1) AND (?2 = '' OR stage = ?2)"
            " ORDER BY number DESC LIMIT ?3"};
  query.bindNoCopy(1, x.project);
  query.bindNoCopy(2, x.stage);
  query.bind(3, static_cast<int64_t>(x.limit));
  while (query.executeStep())
    result.push_back(record_of(db, query));
  return result;
}

caf::expected<work_record>
query_work(SQLite::Database& db, const std::string& deploy_id) {
  SQLite::Statement query{db, std::string{"SELECT "} + work_columns
                                + more_columns + "WHERE deploy_id = ?1"};
  query.bindNoCopy(1, deploy_id);
  if (query.executeStep())
    return record_of(db, query);
  return make_failure(errc::not_found, {.operation = "find deploy",
                                        .object = deploy_id,
                                        .reply = "there is none with this id"});
}

} // namespace dw
