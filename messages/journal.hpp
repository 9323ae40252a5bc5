#pragma once

#include "messages/deployment.hpp"
#include "messages/export.hpp"

#include <caf/error.hpp>
#include <caf/optional.hpp>
#include <caf/timestamp.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// Milliseconds since 1970, as the journal and the API tell times.
int64_t to_milliseconds(caf::timestamp x);

// -- entries: what the journal is told ----------------------------------------

/// A piece of work is accepted, unless this cannot be written. Its `deploy_id`
/// is set. Work of that id that has not finished is being resumed.
struct work_accepted {
  submit_work work;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, work_accepted& x) {
  return f(caf::meta::type_name("dw.work_accepted"), x.work);
}

/// A step is about to begin, and the one before it has ended.
struct step_begun {
  std::string deploy_id;
  deploy_phase phase = deploy_phase::queued;
  /// What is deployed, as far as it is known by now: a rollback has chosen its
  /// tag before its first step after `queued`.
  std::string tag;
  std::string digest;
  /// The container that is to serve; empty before it is created.
  std::string container_id;
  /// Why the step before it failed; none if it did not.
  caf::error failure;
  /// Where the image can be pulled from again; empty with `pull_policy::never`.
  std::string repository{};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, step_begun& x) {
  return f(caf::meta::type_name("dw.step_begun"), x.deploy_id, x.phase, x.tag,
           x.digest, x.container_id, x.failure, x.repository);
}

/// A piece of work has ended, unless this cannot be written.
struct work_finished {
  deploy_report report;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, work_finished& x) {
  return f(caf::meta::type_name("dw.work_finished"), x.report);
}

/// The engine does not have an image of that digest any more.
struct image_removed {
  std::string digest;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, image_removed& x) {
  return f(caf::meta::type_name("dw.image_removed"), x.digest);
}

// -- what it tells ------------------------------------------------------------

enum class step_outcome : uint8_t {
  begun,
  done,
  failed,
  /// The program ended while it ran.
  interrupted,
};

constexpr auto last_step_outcome = step_outcome::interrupted;

std::string to_string(step_outcome x);

/// A step as it went.
struct step_record {
  deploy_phase phase = deploy_phase::queued;
  caf::timestamp begun;
  /// None while it has not ended, or if nobody saw its end.
  caf::optional<std::chrono::milliseconds> duration;
  step_outcome outcome = step_outcome::begun;

  friend bool operator==(const step_record&, const step_record&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, step_record& x) {
  return f(caf::meta::type_name("dw.step_record"), x.phase, x.begun, x.duration,
           x.outcome);
}

/// A piece of work as it went.
struct work_record {
  /// The values of its environment are empty: the history shows no secrets.
  submit_work work;
  /// What was deployed, as far as it was known.
  std::string tag;
  std::string digest;
  caf::timestamp accepted;
  /// None while it has not finished, as the report.
  caf::optional<caf::timestamp> finished;
  caf::optional<deploy_report> report;
  std::vector<step_record> steps;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, work_record& x) {
  return f(caf::meta::type_name("dw.work_record"), x.work, x.tag, x.digest,
           x.accepted, x.finished, x.report, x.steps);
}

/// Work that was accepted and then interrupted by the end of the program.
struct unfinished_work {
  /// As it was accepted, with its environment unless `problem` is set.
  submit_work work;
  /// The step that had begun last; `queued` if none had.
  deploy_phase phase = deploy_phase::queued;
  /// Whether it had succeeded, and only what it replaced was to be retired.
  bool was_committed = false;
  /// What was being deployed, if that was known; a rollback chooses it.
  std::string tag;
  std::string digest;
  /// The container that was to serve; empty if there was none yet.
  std::string container_id;
  /// Why the environment cannot be had: it was sealed with another key. Or why
  /// the spec cannot, with `is_damaged`.
  caf::error problem;
  /// All that is left of the spec are project and stage.
  bool is_damaged = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, unfinished_work& x) {
  return f(caf::meta::type_name("dw.unfinished_work"), x.work, x.phase,
           x.was_committed, x.tag, x.digest, x.container_id, x.problem,
           x.is_damaged);
}

/// An image that deploys have pulled.
struct deployed_image {
  std::string digest;
  /// What it was deployed as, "repository:tag" each; at least one.
  std::vector<std::string> names;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, deployed_image& x) {
  return f(caf::meta::type_name("dw.deployed_image"), x.digest, x.names);
}

// -- questions ----------------------------------------------------------------

struct list_history {
  /// Empty for all stages.
  std::string project;
  std::string stage;
  /// The most that are told.
  uint32_t limit = 50;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_history& x) {
  return f(caf::meta::type_name("dw.list_history"), x.project, x.stage,
           x.limit);
}

struct read_work {
  std::string deploy_id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_work& x) {
  return f(caf::meta::type_name("dw.read_work"), x.deploy_id);
}

struct list_unfinished {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_unfinished&) {
  return f(caf::meta::type_name("dw.list_unfinished"));
}

/// Asks for what served a stage before: the spec of the latest deploy that
/// succeeded, pinned to its digest, with its environment.
struct find_earlier {
  std::string project;
  std::string stage;
  /// Only of this tag; empty for any that came before what serves.
  std::string tag;
  /// The container that serves; may be unknown to the journal.
  std::string serving;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_earlier& x) {
  return f(caf::meta::type_name("dw.find_earlier"), x.project, x.stage, x.tag,
           x.serving);
}

/// Asks for an image that no work in the history, and none that is accepted,
/// has deployed or may be about to deploy.
struct find_unneeded {
  /// The first one after this, in the order of digests; empty for the first.
  std::string after;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_unneeded& x) {
  return f(caf::meta::type_name("dw.find_unneeded"), x.after);
}

/// INTERNAL to a journal: it is time to write what has queued up.
struct journal_tick {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, journal_tick&) {
  return f(caf::meta::type_name("dw.journal_tick"));
}

} // namespace dw
