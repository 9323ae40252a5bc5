#pragma once

#include "messages/error.hpp"
#include "messages/interfaces.hpp"
#include "tests/support/tls.hpp"
#include "transports/node_network.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace dw::test {

/// The certificates of a controller and of a node, which trust each other's
/// authority and not their own.
struct node_certificates {
  certificates controllers;
  certificates nodes;

  tls_files for_controller() const {
    return {nodes.file("ca.pem"), controllers.file("client.pem"),
            controllers.file("client.key")};
  }

  tls_files for_node() const {
    return {controllers.file("ca.pem"), nodes.file("server.pem"),
            nodes.file("server.key")};
  }
};

/// A controller or a node: an actor system with CAF's network layer, in this
/// process.
class node_peer {
public:
  using adjust_fun = std::function<void(caf::actor_system_config&)>;

  explicit node_peer(caf::optional<tls_files> tls = caf::none,
                     const adjust_fun& adjust = {}) {
    add_message_types(config_);
    node_network network;
    network.tls = std::move(tls);
    network.heartbeat = std::chrono::milliseconds{200};
    network.patience = std::chrono::milliseconds{3'000};
    if (auto err = configure(config_, network))
      throw std::runtime_error{render(err)};
    if (adjust)
      adjust(config_);
    sys_ = std::make_unique<caf::actor_system>(config_);
  }

  ~node_peer() {
    for (const auto& x : kept_)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  node_peer(const node_peer&) = delete;
  node_peer& operator=(const node_peer&) = delete;

  caf::actor_system& sys() {
    return *sys_;
  }

  /// Has an actor end with this.
  template <class Handle>
  Handle keep(Handle x) {
    kept_.push_back(caf::actor_cast<caf::actor>(x));
    return x;
  }

  /// Asks an actor, and waits for the answer.
  template <class T, class Handle, class... Ts>
  caf::expected<T> ask(const Handle& whom, Ts&&... xs) {
    caf::expected<T> result{caf::sec::runtime_error};
    caf::scoped_actor self{*sys_, true};
    self->request(whom, std::chrono::seconds{20}, std::forward<Ts>(xs)...)
      .receive([&](T& x) { result = std::move(x); },
               [&](caf::error& err) { result = std::move(err); });
    return result;
  }

  caf::expected<node_gateway_actor> dial(uint16_t port) {
    return ask<node_gateway_actor>(dialer(), dial_node{"127.0.0.1", port});
  }

  /// Dials, and does not wait.
  void begin_dial(uint16_t port) {
    caf::anon_send(dialer(), dial_node{"127.0.0.1", port});
  }

private:
  const node_dialer_actor& dialer() {
    if (!dialer_)
      dialer_ = keep(spawn_node_dialer(*sys_));
    return dialer_;
  }

  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> sys_;
  std::vector<caf::actor> kept_;
  node_dialer_actor dialer_;
};

/// The part of a NODE GATEWAY that says hello.
inline node_gateway_actor spawn_greeter(node_peer& node) {
  auto result = node.sys().spawn([](caf::event_based_actor*) -> caf::behavior {
    return {
      [](const node_hello& x) {
        return node_challenge{"greeter", x.version, x.nonce, ""};
      },
    };
  });
  return caf::actor_cast<node_gateway_actor>(node.keep(result));
}

} // namespace dw::test
