#include "main/exit_status.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <array>

namespace dw {

namespace {

// A registry that wants a login, or does not get on, is neither the engine nor
// the proxy.
bool is_of_registry(const caf::error& err) {
  auto code = code_of(err);
  return failure_of(err).operation == "pull image"
         && (code == errc::unauthorized || code == errc::forbidden
             || code == errc::timed_out);
}

} // namespace

exit_status status_of(const caf::error& err) {
  switch (code_of(err)) {
    case errc::invalid_argument:
      return exit_status::usage;
    case errc::socket_missing:
    case errc::socket_denied:
    case errc::connection_refused:
    case errc::name_not_resolved:
    case errc::tls_failed:
    case errc::connection_lost:
    case errc::timed_out:
    case errc::unauthorized:
    case errc::forbidden:
    case errc::version_mismatch:
      return exit_status::unreachable;
    case errc::cancelled:
      return exit_status::interrupted;
    default:
      return exit_status::failed;
  }
}

exit_status status_of(const deploy_report& report) {
  switch (report.outcome) {
    case deploy_outcome::deployed:
      return exit_status::done;
    case deploy_outcome::cancelled:
      return exit_status::interrupted;
    case deploy_outcome::failed:
    case deploy_outcome::unknown:
      break;
  }
  auto is_peer_gone = status_of(report.error) == exit_status::unreachable
                      && !is_of_registry(report.error);
  return is_peer_gone && report.phase <= deploy_phase::preparing
           ? exit_status::unreachable
           : exit_status::failed;
}

exit_status gravest(const std::vector<exit_status>& xs) {
  constexpr std::array order{exit_status::interrupted, exit_status::failed,
                             exit_status::unreachable, exit_status::usage};
  for (auto x : order)
    if (std::find(xs.begin(), xs.end(), x) != xs.end())
      return x;
  return exit_status::done;
}

} // namespace dw
