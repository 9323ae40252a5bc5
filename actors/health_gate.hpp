#pragma once

#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/error.hpp"
#include "messages/export.hpp"

#include <caf/error.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <string>

namespace DW_EXPORT dw {

/// How long a container may take to get healthy: what the stage says, or long
/// enough for its health check to fail.
std::chrono::milliseconds
health_limit(const health_spec& spec, const caf::optional<health_check>& check);

/// Decides whether a new container may get requests. Pure: it is told what was
/// seen and when, and says what follows.
///
/// In this order: a container that ended fails at once; a HEALTHCHECK, of the
/// image or the spec, must get healthy; an HTTP probe must be answered, with
/// 2xx if the spec names a path; without a HEALTHCHECK and without a path the
/// container must keep running for a while, too.
///
/// After that it can be told to watch how the container bears its requests.
class health_gate {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class verdict { wait, pass, fail };

  /// @param name Of the container, for errors.
  /// @param is_http Whether the container has a port that should speak HTTP.
  /// @param now When it was started.
  health_gate(std::string name, health_spec spec, bool is_http, time_point now);

  /// From now on the container, which has passed, fails if it ends, is started
  /// anew or gets unhealthy within `time`, and passes again if not. Where the
  /// spec names a path, three probes in a row that fail make it unhealthy.
  void begin_soak(std::chrono::milliseconds time, time_point now);

  /// Takes what an inspection found.
  verdict on_info(const container_info& info, time_point now);

  /// Takes why an inspection found nothing, which is no verdict on the
  /// container.
  verdict on_unseen(const caf::error& reason, time_point now);

  /// Takes an answer to the HTTP probe, or why there was none.
  verdict on_probe(int status, time_point now);
  verdict on_probe_failed(const caf::error& reason, time_point now);

  /// Takes that time has passed with nothing seen. Never passes: that takes an
  /// inspection or a probe.
  verdict on_time(time_point now);

  /// Whether an HTTP probe would tell something now.
  bool wants_probe() const noexcept;

  /// How long to wait for events before looking again.
  std::chrono::milliseconds interval(time_point now) const noexcept;

  /// Why it failed.
  const caf::error& error() const noexcept {
    return error_;
  }

private:
  bool needs_probe() const noexcept;
  verdict judge(time_point now);
  verdict judge_soak(const container_info& info, time_point now);
  verdict count_probe(bool passed, time_point now);
  verdict fail(errc code, std::string reply, std::string hint);
  std::chrono::milliseconds limit() const noexcept;

  std::string name_;
  health_spec spec_;
  bool is_http_;
  time_point started_;
  /// While it soaks: when that ends.
  caf::optional<time_point> soak_until_;
  /// When the engine started the container, by its own clock.
  std::string start_;
  int failed_probes_ = 0;
  caf::optional<health_check> check_;
  health_status health_ = health_status::none;
  std::string health_output_;
  bool seen_running_ = false;
  /// Why the last inspection found nothing; empty if it did.
  std::string unseen_;
  bool probe_passed_ = false;
  std::string probe_text_ = "no answer yet";
  caf::error error_;
};

} // namespace dw
