#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <string>

namespace DW_EXPORT dw {

/// Gives a PROXY LINK the proxy to use from now on.
struct lend_proxy {
  lent_proxy_actor proxy;
  /// To be shown there.
  node_pass pass;
  /// Whose it is, for the log.
  std::string lender;
};

} // namespace dw

// Cannot come from another machine.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::lend_proxy)

namespace DW_EXPORT dw {

using proxy_borrower_actor = caf::typed_actor<caf::reacts_to<lend_proxy>>;

/// The PROXY LINK: a PROXY REGISTRAR for what a deploy asks of one, which has
/// the proxy of another machine do it.
using proxy_link_impl
  = proxy_registrar_actor::extend_with<proxy_borrower_actor>;

/// The state of a PROXY LINK.
struct proxy_link_state {
  // Not an aggregate: CAF would initialize the first member with the actor.
  proxy_link_state() = default;

  static inline const char* name = "proxy-link";

  /// Null while there is none.
  lent_proxy_actor lent;
  node_pass pass;
};

/// Fails with `errc::connection_refused` while no proxy is lent, with
/// `errc::connection_lost` when its owner is gone before it has answered, and
/// with `errc::rejected` for what no deploy needs. Each request ends in any
/// case, some seconds after its own time. What is under way is not cancelled:
/// neither is it by a PROXY REGISTRAR.
proxy_link_impl::behavior_type
proxy_link(proxy_link_impl::stateful_pointer<proxy_link_state> self);

} // namespace dw
