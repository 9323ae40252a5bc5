#include "actors/proxy_link.hpp"

#include "actors/courier.hpp"
#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "transports/obligation.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace dw {

namespace {

using namespace std::chrono_literals;

using self_pointer = proxy_link_impl::stateful_pointer<proxy_link_state>;

// For a request that has no time of its own, and for the way to the proxy's
// owner and back.
constexpr std::chrono::milliseconds default_time = 60s;
constexpr std::chrono::milliseconds time_of_way = 5s;

constexpr auto hint_of_lender
  = "The controller lends the node its proxy, and connects again by itself.";

caf::error not_lent() {
  return make_failure(errc::connection_refused,
                      {.operation = "use the proxy",
                       .reply
                       = "the controller that lends its proxy is not connected",
                       .hint = hint_of_lender});
}

caf::error lost() {
  return make_failure(
    errc::connection_lost,
    {.operation = "use the proxy",
     .reply = "the connection to the controller that lends its proxy was lost",
     .hint = hint_of_lender});
}

caf::error too_late() {
  return make_failure(
    errc::timed_out,
    {.operation = "use the proxy",
     .reply = "the controller that lends its proxy did not answer in time"});
}

// What the way to the proxy's owner and back has cost.
caf::error explain(caf::error err) {
  if (err == caf::sec::request_receiver_down)
    return lost();
  return err == caf::sec::request_timeout ? too_late() : err;
}

template <class Answer, class Request>
caf::result<Answer> forward(self_pointer self, Request& x) {
  auto& st = self->state;
  if (!st.lent)
    return not_lent();
  x.options.ticket = 0; // a number of ours
  auto time = x.options.timeout;
  auto limit = (time.count() > 0 ? time : default_time) + time_of_way;
  auto carrier = spawn_courier<Answer>(self, st.lent, caf::duration{limit},
                                       explain, st.pass, x);
  return self->delegate(carrier, caf::ok_atom::value);
}

template <class Answer>
caf::result<Answer> refuse() {
  return make_failure(errc::rejected,
                      {.operation = "use the proxy",
                       .reply = "a lent proxy is for deploys only"});
}

void borrow(self_pointer self, lend_proxy& x) {
  auto& st = self->state;
  if (st.lent)
    self->demonitor(st.lent.address());
  st.lent = std::move(x.proxy);
  st.pass = std::move(x.pass);
  self->monitor(st.lent);
  spdlog::info("the proxy of {} is there to be used", x.lender);
}

void on_down(self_pointer self, const caf::down_msg& msg) {
  auto& st = self->state;
  if (!st.lent || st.lent.address() != msg.source)
    return;
  st.lent = nullptr;
  st.pass = {};
  spdlog::info("the controller that has lent its proxy is gone");
}

} // namespace

proxy_link_impl::behavior_type proxy_link(self_pointer self) {
  harden(self);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { on_down(self, msg); });
  using hosts = std::vector<proxy_host>;
  return {
    [self](lend_proxy& x) { borrow(self, x); },
    // -- what a deploy needs --------------------------------------------------
    [self](list_proxy_hosts& x) { return forward<hosts>(self, x); },
    [self](update_proxy_host& x) { return forward<proxy_host>(self, x); },
    [self](delete_proxy_host& x) { return forward<done>(self, x); },
    [self](disable_proxy_host& x) { return forward<done>(self, x); },
    [self](set_route& x) { return forward<route_result>(self, x); },
    [self](revert_route& x) { return forward<done>(self, x); },
    // -- the rest -------------------------------------------------------------
    [](const ping_proxy&) { return refuse<proxy_info>(); },
    [](const create_proxy_host&) { return refuse<proxy_host>(); },
    [](const read_proxy_host&) { return refuse<proxy_host>(); },
    [](const enable_proxy_host&) { return refuse<done>(); },
    [](const find_proxy_host&) { return refuse<proxy_host>(); },
    [](const cancel&) {
      // nop: it ends by itself
    },
  };
}

} // namespace dw
