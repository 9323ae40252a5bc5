#pragma once

#include "tests/faults/cell.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/npm_standin/json.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dw::faults {

/// Before the deploy, and afterwards.
inline constexpr auto old_tag = "v1";
inline constexpr auto new_tag = "v2";

/// How a deploy went in spite of a fault, and what is wrong with that.
struct cell_result {
  /// Whether the fault happened at all.
  bool has_happened = false;
  /// What a server said that did not start.
  std::string refusal;
  /// "deployed", "failed" or "cancelled"; empty if nobody knows.
  std::string outcome;
  /// What the user was told of a failure.
  std::string told;
  /// What could not be undone, as the report says.
  std::vector<std::string> leftovers;
  /// Requests of visitors.
  size_t visits = 0;
  std::chrono::milliseconds duration{0};
  /// Empty if nothing was lost.
  std::vector<std::string> problems;
};

/// One deploy in spite of a fault, while it goes on.
struct attempt {
  /// None for a deploy without a fault.
  const cell* what = nullptr;
  /// Where it is due.
  fault_proxy* where = nullptr;
  /// Of the server.
  std::map<std::string, std::string> variables;
  std::string clock_file;

  std::mutex mutex;
  std::optional<test::child_process> server; // set under the mutex
  bool was_killed = false;
  std::string id;
  npm_standin::json record;
  cell_result result;

  bool is(fault_kind kind) const {
    return what != nullptr && what->what.kind == kind;
  }

  bool is_kill() const {
    return is(fault_kind::kill) || is(fault_kind::kill_done);
  }

  void add_problem(std::string x) {
    result.problems.push_back(std::move(x));
  }
};

} // namespace dw::faults
