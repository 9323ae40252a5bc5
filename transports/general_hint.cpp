#include "transports/general_hint.hpp"

#include <utility>

namespace dw {

std::string general_hint(errc code, const std::string& peer) {
  const auto whom = peer.empty() ? std::string{"the server"} : peer;
  switch (code) {
    case errc::connection_lost:
      return "Check that " + whom
             + " is running and was not restarted; then try again.";
    case errc::timed_out:
      return "Check that " + whom + " still answers; then try again.";
    case errc::busy:
      return "Try again when " + whom + " has less to do.";
    case errc::peer_failed:
    case errc::pull_failed:
      return "The log of " + whom + " may tell more; then try again.";
    case errc::rejected:
      return "If nothing in the configuration explains it, the log of " + whom
             + " may tell more.";
    case errc::unauthorized:
      return "Check the login that is configured for " + whom + ".";
    case errc::forbidden:
      return "Give our account the permission for it at " + whom + ".";
    case errc::not_found:
      return "See at " + whom + " whether it was removed; then try again.";
    case errc::conflict:
      return "See what else is working with it at " + whom
             + "; then try again.";
    case errc::bad_reply:
    case errc::too_large:
      return "Check that the address leads to " + whom
             + ", and that nothing stands in between.";
    default:
      return {};
  }
}

caf::error make_exchange_failure(errc code, failure context) {
  if (context.hint.empty())
    context.hint = general_hint(code, context.peer);
  return make_failure(code, std::move(context));
}

} // namespace dw
