#include "main/api/problem.hpp"

#include "main/json_lines.hpp"
#include "messages/error.hpp"

namespace dw::api {

int status_of(const caf::error& err) {
  switch (code_of(err)) {
    case errc::invalid_argument:
      return 400;
    case errc::unauthorized:
    case errc::forbidden:
      // Those of a peer: what the client itself may do is checked before.
      return 502;
    case errc::not_found:
      return 404;
    case errc::conflict:
    case errc::domain_taken:
    case errc::stage_busy:
    case errc::cancelled:
      return 409;
    case errc::too_large:
      return 413;
    case errc::busy:
    case errc::service_restarted:
      return 503;
    case errc::timed_out:
      return 504;
    case errc::internal:
    case errc::storage_failed:
      return 500;
    default:
      return 502;
  }
}

std::string problem_json(int status, const caf::error& err) {
  auto code = to_string(code_of(err));
  return json_line{"urn:docker-watcher:problem:" + code}
    .add("title", code)
    .add("status", int64_t{status})
    .add("detail", render(err))
    .add("error", err)
    .str();
}

} // namespace dw::api
