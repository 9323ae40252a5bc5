#include "messages/error.hpp"
#include "messages/types.hpp"
#include "transports/node_middleman.hpp"
#include "transports/node_network.hpp"
#include "transports/obligation.hpp"
#include "transports/tcp_connect.hpp"

#include <caf/actor_cast.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <set>

namespace dw {

namespace {

using namespace std::chrono_literals;

// To reach the node, and to shake hands with it. CAF has no deadline for
// either. Linux repeats the first packet after one second and after three.
constexpr auto connect_patience = 5s;
constexpr auto handshake_patience = 4s;

// CAF 0.17.6 knows since when a connection is silent only once it has received
// something: those in their handshake when heartbeats are due are cut, on
// either side. One that is begun anew has until the next heartbeat.
constexpr int max_handshakes = 5;

/// What waits for the network, in a thread of its own.
using connector_actor = caf::typed_actor<caf::replies_to<dial_node>::with<int>>;

struct dialer_state {
  static inline const char* name = "node-dialer";

  // CAF would initialize an aggregate's first member with the actor.
  dialer_state() = default;

  connector_actor connector;
};

using self_pointer = node_dialer_actor::stateful_pointer<dialer_state>;
using answer = std::shared_ptr<obligation<node_gateway_actor>>;

std::string name_of(const dial_node& x) {
  auto host
    = x.host.find(':') == std::string::npos ? x.host : "[" + x.host + "]";
  return host + ":" + std::to_string(x.port);
}

caf::error
fail(const dial_node& x, errc code, std::string reply, std::string hint = {}) {
  return make_failure(code, {.operation = "connect to node",
                             .object = name_of(x),
                             .reply = std::move(reply),
                             .hint = std::move(hint)});
}

caf::error refuse_protocol(const dial_node& x, std::string reply) {
  return fail(x, errc::version_mismatch, std::move(reply),
              "Controller and node need releases of the same protocol: "
              "docker-watcher version tells them.");
}

// A connection that only ended may have been cut, by a restart of the node for
// example; one that TLS does not accept is not worth another attempt.
caf::error explain_tls(const dial_node& x, const char* problem) {
  std::string reply = "the connection ended before both sides trusted each "
                      "other";
  if (problem != nullptr)
    reply = reply + " (" + problem + ")";
  return fail(x, problem != nullptr ? errc::tls_failed : errc::connection_lost,
              std::move(reply),
              "The node must trust the authority of our certificate, and we "
              "that of the node's. With --insecure it has no TLS.");
}

// What CAF says of a handshake that did not come to its end.
caf::error translate(const dial_node& x, bool has_tls, const char* problem,
                     const caf::error& err) {
  if (err == caf::sec::incompatible_application_ids)
    return refuse_protocol(x, std::string{"it does not speak "}
                                + node_application);
  if (err == caf::sec::request_timeout)
    return fail(x, errc::timed_out,
                "it accepts connections, but does not shake hands",
                "Does a node listen there, with TLS if we have it and only "
                "then?");
  if (has_tls)
    return explain_tls(x, problem);
  if (err == caf::sec::disconnect_during_handshake)
    return fail(x, errc::connection_lost,
                "the connection ended before the node had said who it is",
                "Does it expect TLS?");
  return fail(x, errc::connection_refused, caf::to_string(err));
}

bool is_gateway(self_pointer self, const std::set<std::string>& interface) {
  caf::detail::type_list<node_gateway_actor> expected;
  return interface == self->system().message_types(expected);
}

connector_actor::behavior_type connector() {
  return {
    [](const dial_node& x) -> caf::result<int> {
      auto fd = connect_tcp(x.host, x.port, connect_patience);
      if (!fd)
        return fail(x, code_of(fd.error()), failure_of(fd.error()).reply);
      return *fd;
    },
  };
}

// Ends a middleman when nobody waits for it any more. It and a broker that has
// not answered it keep each other otherwise.
std::shared_ptr<void> keep(const caf::io::middleman_actor& middleman) {
  auto end = [middleman](void*) {
    caf::anon_send_exit(middleman, caf::exit_reason::kill);
  };
  return {nullptr, end};
}

void dial(self_pointer self, const dial_node& x, const answer& owed,
          int attempts);

void shake_hands(self_pointer self, const dial_node& x, int fd,
                 const answer& owed, int attempts) {
  auto& sys = self->system();
  auto problem = std::make_shared<tls_problem>();
  auto middleman = spawn_node_middleman(sys, fd, problem);
  auto kept = keep(middleman);
  self
    ->request(middleman, handshake_patience, caf::connect_atom::value, x.host,
              x.port)
    .then(
      [self, x, owed, kept](const caf::node_id&,
                            const caf::strong_actor_ptr& found,
                            const std::set<std::string>& interface) {
        if (found && is_gateway(self, interface))
          owed->settle(caf::actor_cast<node_gateway_actor>(found));
        else
          owed->settle(refuse_protocol(x, "what answers is no node of our "
                                          "kind"));
      },
      [self, x, owed, attempts, problem, kept](const caf::error& err) {
        auto has_tls = self->system().has_openssl_manager();
        auto reason = translate(x, has_tls, problem->load(), err);
        if (code_of(reason) == errc::connection_lost && attempts > 1)
          dial(self, x, owed, attempts - 1);
        else
          owed->settle(std::move(reason));
      });
}

void dial(self_pointer self, const dial_node& x, const answer& owed,
          int attempts) {
  self->request(self->state.connector, caf::infinite, x)
    .then([=](int fd) { shake_hands(self, x, fd, owed, attempts); },
          [owed](caf::error& err) { owed->settle(std::move(err)); });
}

node_dialer_actor::behavior_type dialer(self_pointer self) {
  self->state.connector = self->spawn<caf::detached + caf::linked>(connector);
  return {
    [self](const dial_node& x) -> caf::result<node_gateway_actor> {
      auto owed = std::make_shared<obligation<node_gateway_actor>>(
        self->make_response_promise<node_gateway_actor>());
      dial(self, x, owed, max_handshakes);
      return caf::delegated<node_gateway_actor>{};
    },
  };
}

} // namespace

node_dialer_actor spawn_node_dialer(caf::actor_system& sys) {
  return sys.spawn(dialer);
}

} // namespace dw
