#pragma once

#include "actors/engine_endpoint.hpp"
#include "actors/npm_endpoint.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/error.hpp"
#include "messages/export.hpp"
#include "messages/image.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// What a `deployer` works with.
struct deployer_settings {
  engine_endpoint engine;
  /// None without a proxy: then no stage may have domains.
  std::optional<npm_endpoint> proxy;
  /// By registry host; others are looked up in the Docker CLI's configuration.
  std::map<std::string, registry_credentials> registries;
};

/// What there is of a stage.
struct stage_status {
  /// Running and kept ones.
  std::vector<container_summary> containers;
  /// The latest event of each piece of work that runs or waits.
  std::vector<deploy_event> work;
  /// Why this is not known; none if it is.
  caf::error error;
};

/// Deploys to one engine and one proxy, for programs that are not made of
/// actors. Has a scheduler of its own; all functions may be called from any
/// thread.
///
/// Errors are values, in reports as well: `if (report.error)` tells whether
/// there is one, and `code_of`, `failure_of` and `render` what it says.
class deployer {
public:
  /// Told when a step begins, or something is worth saying about it.
  using event_callback = std::function<void(const deploy_event&)>;

  /// Told how it ended.
  using report_callback = std::function<void(const deploy_report&)>;

  /// Asks nobody yet, so that a wrong setting shows in the first report.
  explicit deployer(const deployer_settings& settings);

  /// As `close`.
  ~deployer();

  deployer(const deployer&) = delete;
  deployer& operator=(const deployer&) = delete;

  /// Does a piece of work, and waits for its end: `run({.spec = shop})`
  /// deploys. Work on one stage is done in the order it came, and stages side
  /// by side. What is not accepted has failed in the phase `queued`.
  deploy_report run(submit_work work);

  /// Does a piece of work while the caller goes on; when this returns it waits
  /// for its turn, if it does not run already.
  ///
  /// Its callbacks are called one after another on a thread that it has for
  /// itself: they may take their time, and may call everything here but
  /// `close`. An exception that leaves one ends the program.
  /// @param on_event May be empty.
  /// @param on_report Called once, and last; may be empty.
  /// @returns its id.
  std::string
  start(submit_work work, event_callback on_event, report_callback on_report);

  /// Lets a piece of work be undone and end as cancelled, unless it has
  /// succeeded by then. Does not wait; unknown ids are ignored.
  void cancel(const std::string& deploy_id);

  /// Asks the engine. @returns when it has answered, or after its deadline.
  stage_status status(const std::string& project, const std::string& stage);

  /// Cancels all work, and waits until this is undone and the last callback has
  /// returned. Work that comes later has failed with `errc::cancelled`.
  void close();

private:
  struct impl;

  std::unique_ptr<impl> impl_;
};

} // namespace dw
