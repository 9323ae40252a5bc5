#include "actors/node_ear.hpp"

#include "actors/harden.hpp"

#include <utility>

namespace dw {

// The node knows its handle, so it can do nothing else; see courier.hpp.
node_ear_actor::behavior_type
node_ear(node_ear_actor::pointer self, deploy_listener_actor link) {
  harden(self);
  self->monitor(link);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
    [self, link](const deploy_event& x) { self->send(link, x); },
    [self, link](const deploy_report& x) { self->send(link, x); },
    [self](const enter_node& x) -> caf::result<node_welcome> {
      auto promise = self->make_response_promise<node_welcome>();
      self->request(x.gateway, caf::duration{x.timeout}, x.login)
        .then(
          [promise](node_welcome& y) mutable { promise.deliver(std::move(y)); },
          [promise](caf::error& err) mutable {
            promise.deliver(std::move(err));
          });
      return promise;
    },
  };
}

} // namespace dw
