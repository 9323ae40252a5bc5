#pragma once

#include "messages/deployment.hpp"
#include "messages/export.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// How a stage is not as it should be. The names are stable.
enum class drift_kind : uint8_t {
  /// Its route leads to a port that another app has now.
  wrong_app,
  /// Its route leads elsewhere than to what serves.
  wrong_target,
  /// Its proxy host is changed in another way: disabled, other domains.
  changed_host,
  /// A domain has no proxy host.
  missing_host,
  /// A domain has a proxy host that is not the stage's.
  foreign_host,
  /// What serves does not run.
  not_running,
  /// What served is not there any more.
  missing_container,
};

std::string to_string(drift_kind x);

/// One way in which a stage is not as it should be.
struct drift {
  std::string project;
  std::string stage;
  drift_kind kind = drift_kind::wrong_target;
  /// One sentence: what is found, on which object.
  std::string text;

  friend bool operator==(const drift&, const drift&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drift& x) {
  return f(caf::meta::type_name("dw.drift"), x.project, x.stage, x.kind,
           x.text);
}

/// What became of a drift.
enum class drift_state : uint8_t {
  /// It is there.
  found,
  /// It was to be repaired, and could not.
  not_repaired,
  /// It is not there any more.
  gone,
};

std::string to_string(drift_state x);

struct drift_event {
  drift what;
  drift_state state = drift_state::found;
  /// Why it could not be repaired; else empty.
  std::string reason;

  friend bool operator==(const drift_event&, const drift_event&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, drift_event& x) {
  return f(caf::meta::type_name("dw.drift_event"), x.what, x.state, x.reason);
}

// -- operations of the reconciler ---------------------------------------------

/// Which stages to look after from now on. Replaces what was said before.
struct look_after {
  /// As they are configured; `deploy_spec::drift` says what to do.
  std::vector<deploy_spec> stages;
  /// Between two full checks when nothing happens.
  std::chrono::milliseconds interval{300'000};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, look_after& x) {
  return f(caf::meta::type_name("dw.look_after"), x.stages, x.interval);
}

/// Asks for the drift that there is, as the last check found it.
struct list_drift {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_drift&) {
  return f(caf::meta::type_name("dw.list_drift"));
}

/// INTERNAL to the reconciler: time to check, if the number is current.
struct check_tick {
  uint64_t generation = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, check_tick& x) {
  return f(caf::meta::type_name("dw.check_tick"), x.generation);
}

} // namespace dw
