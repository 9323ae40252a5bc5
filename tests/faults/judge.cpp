#include "tests/faults/judge.hpp"

#include "tests/support/await.hpp"

#include <algorithm>

namespace dw::faults {

using namespace std::chrono_literals;

using npm_standin::json;

namespace {

// What a server repairs by itself, once everything is well, is so by then.
constexpr auto repair_time = 60s;

bool is_old_or_new(const std::string& version) {
  return version == old_tag || version == new_tag;
}

/// A failure says what was attempted, with what, and what can be done.
void judge_error(const json& error, attempt& how) {
  if (error.is_null()) {
    how.add_problem("it failed and nobody says why");
    return;
  }
  how.result.told = error.at("text").text();
  auto has
    = [&](const char* member) { return !error.at(member).text().empty(); };
  // What concerns all of a peer has no object beside it.
  if (!has("operation") || !has("hint") || (!has("object") && !has("peer")))
    how.add_problem("the error says too little: " + error.dump());
}

/// What is wrong with what the engine and the proxy have.
std::string whats_wrong(const test::served_stage& on, const attempt& how) {
  auto served = on.stage.served();
  if (!is_old_or_new(served))
    return "visitors get " + served;
  if (!how.result.leftovers.empty())
    return {};
  auto expected = how.result.outcome == "deployed" ? new_tag : old_tag;
  return on.stage.whats_wrong_with_only(expected);
}

} // namespace

void judge_report(const test::served_stage& on, attempt& how) {
  const auto& report = how.record.at("report");
  how.result.outcome = report.at("outcome").text();
  for (const auto& x : report.at("leftovers").items())
    how.result.leftovers.push_back(x.text());
  if (how.result.outcome == "failed")
    judge_error(report.at("error"), how);
  else if (how.result.outcome != "deployed")
    how.add_problem("it ended as " + how.result.outcome);
  std::string wrong;
  test::await_for(repair_time, [&] {
    wrong = whats_wrong(on, how);
    return wrong.empty();
  });
  if (!wrong.empty())
    how.add_problem(how.result.outcome + ", but " + wrong);
}

void judge_journal(const test::served_stage& on, attempt& how) {
  auto end = on.stage.program.run({"history", on.stage.name(), "--json"},
                                  how.variables);
  if (end.status != 0) {
    how.add_problem("the journal cannot be read: " + end.error_output);
    return;
  }
  auto lines = test::json_lines(end.output);
  auto is_it
    = [&](const auto& x) { return x.at("deploy_id").text() == how.id; };
  auto record = std::find_if(lines.begin(), lines.end(), is_it);
  if (record == lines.end()) {
    how.add_problem("the journal has nothing of it: " + end.output);
    return;
  }
  const auto& report = record->at("report");
  if (report.is_null() || report.at("outcome").text() != how.result.outcome)
    how.add_problem("the journal says otherwise: " + record->dump());
  for (const auto& step : record->at("steps").items())
    if (step.at("outcome").text() == "begun")
      how.add_problem("a step never ended: " + step.dump());
}

void judge_visits(const std::vector<test::visit>& visits, attempt& how) {
  how.result.visits = visits.size();
  // Its containers ended with the engine.
  if (how.is(fault_kind::restart))
    return;
  auto is_lost = [](const auto& x) {
    return x.status != 200 || !is_old_or_new(x.version);
  };
  auto count = std::count_if(visits.begin(), visits.end(), is_lost);
  if (count == 0)
    return;
  auto first = std::find_if(visits.begin(), visits.end(), is_lost);
  how.add_problem(std::to_string(count) + " of " + std::to_string(visits.size())
                  + " visits were lost: " + std::to_string(first->status) + ' '
                  + first->problem + ' ' + first->version);
}

} // namespace dw::faults
