#pragma once

#include "tests/support/npm_standin/counters.hpp"
#include "tests/support/npm_standin/database.hpp"
#include "tests/support/npm_standin/faults.hpp"
#include "tests/support/npm_standin/npm_version.hpp"
#include "tests/support/npm_standin/pause.hpp"
#include "tests/support/npm_standin/site.hpp"
#include "tests/support/npm_standin/token_office.hpp"

#include <chrono>
#include <mutex>

namespace npm_standin {

/// Everything behind the API.
struct backend {
  npm_version version = npm_version::v2_15;
  /// What a request path starts with, "/api" or empty.
  std::string prefix;
  /// The least time a mutation takes.
  std::chrono::milliseconds mutation_time{0};

  database& db;
  token_office& tokens;
  site& web;

  fault_plan faults = {};
  counters counts = {};
  pause waiting = {};
  /// Held by the one mutation that runs; guards `web`.
  std::mutex mutating = {};
};

/// Adds a user.
/// @param columns email, name, nickname, roles, is_disabled; missing ones get
///                defaults.
/// @param password Empty for none.
json& add_user(tables& t, const json& columns, const std::string& password);

/// Makes nginx serve the host as it is in the database and records the verdict.
/// @param with_access_list Whether to ask for passwords.
/// @throws nginx_failure with the database unchanged, or with the verdict
///         recorded if only the reload failed.
void configure_host(backend& b, std::int64_t host_id,
                    bool with_access_list = true);

/// Makes nginx forget the host.
/// @throws nginx_failure with the host's file removed.
void remove_host(backend& b, std::int64_t host_id);

} // namespace npm_standin
