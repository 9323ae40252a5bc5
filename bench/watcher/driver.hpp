#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace dw::bench {

/// A deploy to be made, and by whom.
struct task {
  deploy_supervisor_actor supervisor;
  submit_work work;
};

/// What came of many deploys.
struct outcome {
  using milliseconds = std::chrono::duration<double, std::milli>;

  size_t failed = 0;
  std::vector<std::string> errors;
  std::chrono::duration<double> elapsed{};
  std::vector<milliseconds> durations;
  /// How long each deploy was in each phase.
  std::map<std::string, std::vector<milliseconds>> steps;
};

/// Makes all deploys, so many at a time, and waits for the last one.
/// @param with_steps Measure the phases, too.
outcome run_all(caf::actor_system& sys, std::vector<task> tasks,
                size_t concurrency, bool with_steps);

} // namespace dw::bench
