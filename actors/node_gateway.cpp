#include "actors/node_gateway.hpp"

#include "actors/harden.hpp"
#include "actors/node_orders.hpp"
#include "actors/reconciler.hpp"
#include "actors/remote_relay.hpp"
#include "actors/work_intake.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/obligation.hpp"
#include "transports/text.hpp"

#include <caf/actor_cast.hpp>
#include <caf/message_view.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace dw {

namespace {

struct gateway_state {
  // Not an aggregate: CAF would initialize the first member with the actor.
  gateway_state() = default;

  static inline const char* name = "node-gateway";

  node_parts parts;
  std::optional<deploy_spec> own_routes;
  std::string version;
  std::optional<node_access> access;
  // Ours, and nobody else's.
  work_intake_actor intake;
  work_relay_actor relay;
  reconciler_actor drift_watch;
  bool is_closed = false;
};

using gateway_base = node_gateway_impl::stateful_base<gateway_state>;
using self_pointer = gateway_base*;

// -- asking for others --------------------------------------------------------

/// Asks one of our actors, and answers with `change(answer)`. Nothing is
/// delegated: the answer would show who gives it to the other machine, which
/// could then send to it without a pass.
template <class T, class Handle, class Change, class... Ts>
caf::result<T>
ask_for(self_pointer self, const Handle& whom, Change change, Ts... xs) {
  auto owed = std::make_shared<obligation<T>>(self->make_response_promise<T>());
  self->request(whom, caf::infinite, std::move(xs)...)
    .then([owed, change](T& x) { owed->settle(change(std::move(x))); },
          [owed](caf::error& err) { owed->settle(std::move(err)); });
  return caf::delegated<T>{};
}

template <class T, class Handle, class Question>
caf::result<T> pass_on(self_pointer self, const Handle& whom, Question x) {
  return ask_for<T>(
    self, whom, [](T&& answer) { return std::move(answer); }, std::move(x));
}

/// Does something for those whose pass allows it.
/// @param f `caf::result<T>(const node_client&)`
template <class T, class F>
caf::result<T>
guard(self_pointer self, const node_pass& pass, node_right needed, F f) {
  auto client = self->state.access->check(pass, needed);
  if (!client)
    return std::move(client.error());
  return f(*client);
}

// -- work ---------------------------------------------------------------------

// The controller does not know this machine as well as its own configuration.
void fit_in(const gateway_state& st, deploy_spec& spec) {
  spec.place = {};
  if (!st.own_routes)
    return;
  spec.publish_on = st.own_routes->publish_on;
  spec.forward = st.own_routes->forward;
  spec.forward_host = st.own_routes->forward_host;
  spec.verify_url = st.own_routes->verify_url;
}

caf::result<done>
submit(self_pointer self, const node_client& client, submit_work work) {
  if (self->state.is_closed)
    return make_failure(errc::busy, {.operation = to_string(work.action),
                                     .reply = "the node is about to stop"});
  if (auto err = check_order(work))
    return err;
  fit_in(self->state, work.spec);
  auto asker = clean_text(work.asked_by);
  work.asked_by
    = "controller " + client.name + (asker.empty() ? "" : " for " + asker);
  return pass_on<done>(self, self->state.intake, std::move(work));
}

caf::result<done> look_after_stages(self_pointer self, look_after orders) {
  if (auto err = check_order(orders))
    return err;
  for (auto& spec : orders.stages)
    fit_in(self->state, spec);
  self->send(self->state.drift_watch, std::move(orders));
  return done{};
}

caf::result<done> borrow(self_pointer self, const node_client& client,
                         const lent_proxy_actor& proxy, const node_pass& pass) {
  const auto& borrower = self->state.parts.borrower;
  if (!borrower)
    return make_failure(errc::rejected,
                        {.operation = "lend a proxy",
                         .reply = "the node has one of its own"});
  if (!proxy)
    return make_failure(errc::invalid_argument, {.operation = "lend a proxy",
                                                 .reply = "there is none"});
  self->send(borrower, lend_proxy{proxy, pass, client.name});
  return done{};
}

// -- looking ------------------------------------------------------------------

caf::result<std::vector<container_summary>>
list_ours(self_pointer self, list_containers x) {
  x.options.ticket = 0;
  x.labels.try_emplace(label::project);
  x.labels.try_emplace(label::stage);
  return pass_on<std::vector<container_summary>>(
    self, self->state.parts.svc.containers, std::move(x));
}

bool is_ours(const container_info& x) {
  return x.labels.contains(label::project) && x.labels.contains(label::stage);
}

caf::error no_container(const std::string& id) {
  return make_failure(errc::not_found,
                      {.operation = "read the log of container",
                       .object = clean_text(id, 64),
                       .reply = "the node has no such container of ours"});
}

/// Reads the log of a container, if it is one of ours.
/// @param read Called with the answer that is owed, and the request with the
///        container's id.
template <class T, class Read>
caf::result<T> read_ours(self_pointer self, read_logs x, Read read) {
  auto owed = std::make_shared<obligation<T>>(self->make_response_promise<T>());
  inspect_container question;
  question.options.timeout = x.options.timeout;
  question.id = x.id;
  self
    ->request(self->state.parts.svc.containers, caf::infinite,
              std::move(question))
    .then(
      [x, owed, read](const container_info& found) {
        auto pinned = x;
        pinned.id = found.id;
        if (is_ours(found))
          read(owed, std::move(pinned));
        else
          owed->settle(no_container(x.id));
      },
      [owed](caf::error& err) { owed->settle(std::move(err)); });
  return caf::delegated<T>{};
}

using lines = std::vector<log_line>;

caf::result<lines> read_at_once(self_pointer self, const read_logs& x) {
  auto read
    = [self](const std::shared_ptr<obligation<lines>>& owed, read_logs pinned) {
        auto ticket = std::exchange(pinned.options.ticket, 0);
        self
          ->request(self->state.parts.svc.containers, caf::infinite,
                    std::move(pinned))
          .then(
            [owed, ticket](lines& xs) {
              for (auto& line : xs)
                line.ticket = ticket;
              owed->settle(std::move(xs));
            },
            [owed](caf::error& err) { owed->settle(std::move(err)); });
      };
  return read_ours<lines>(self, x, read);
}

caf::result<done>
follow(self_pointer self, const read_logs& x, log_listener_actor listener) {
  auto read
    = [self, listener = std::move(listener)](
        const std::shared_ptr<obligation<done>>& owed, read_logs pinned) {
        auto relay
          = spawn_log_relay(self->system(), self->state.parts.svc.containers);
        self->request(relay, caf::infinite, std::move(pinned), listener)
          .then([owed](done end) { owed->settle(end); },
                [owed](caf::error& err) { owed->settle(std::move(err)); });
      };
  return read_ours<done>(self, x, read);
}

// -- the actor ----------------------------------------------------------------

caf::result<node_welcome> welcome(self_pointer self, const node_login& login) {
  auto& st = self->state;
  auto holder = caf::actor_cast<caf::actor_addr>(self->current_sender());
  if (!holder) // its end could not be noticed
    return make_failure(errc::unauthorized, {.reply = "unauthorized"});
  auto pass = st.access->admit(login, holder, self->clock().now());
  if (!pass)
    return std::move(pass.error());
  self->monitor(holder);
  node_welcome result;
  result.pass = std::move(*pass);
  result.has_proxy = !st.parts.borrower;
  return result;
}

// What ours go on with would otherwise keep the actor system from ending.
void end(self_pointer self) {
  auto& st = self->state;
  self->send_exit(st.intake, caf::exit_reason::user_shutdown);
  self->send_exit(st.relay, caf::exit_reason::user_shutdown);
  self->send_exit(st.drift_watch, caf::exit_reason::user_shutdown);
  self->quit();
}

void spawn_ours(self_pointer self) {
  auto& st = self->state;
  const auto& x = st.parts;
  auto& sys = self->system();
  st.intake = sys.spawn(work_intake, x.supervisor, x.worker, x.svc.journal);
  st.relay = spawn_work_relay(sys, x.supervisor);
  st.drift_watch
    = sys.spawn(reconciler, x.svc, x.supervisor, x.worker, reconciler_policy{});
}

node_gateway_impl::behavior_type behave(self_pointer self) {
  using right = node_right;
  return {
    [=](const node_hello& x) -> caf::result<node_challenge> {
      auto result = self->state.access->greet(x, self->clock().now());
      if (!result)
        return std::move(result.error());
      result->version = self->state.version;
      return std::move(*result);
    },
    [=](const node_login& x) { return welcome(self, x); },
    [=](close_node_gateway) {
      self->state.is_closed = true;
      self->send_exit(self->state.drift_watch, caf::exit_reason::user_shutdown);
    },
    [=](end_node_gateway) { end(self); },
    // -- work -----------------------------------------------------------------
    [=](const node_pass& pass, submit_work& x) {
      auto needed = x.action == stage_action::remove && x.not_serving.empty()
                      ? right::remove
                      : right::work;
      return guard<done>(self, pass, needed, [&](const node_client& client) {
        return submit(self, client, std::move(x));
      });
    },
    [=](const node_pass& pass, const cancel_work& x) {
      return guard<done>(self, pass, right::work, [&](const node_client&) {
        return pass_on<done>(self, self->state.parts.supervisor, x);
      });
    },
    [=](const node_pass& pass, const read_work& x) {
      return guard<work_record>(
        self, pass, right::look, [&](const node_client&) {
          return pass_on<work_record>(self, self->state.parts.svc.journal, x);
        });
    },
    [=](const node_pass& pass, const deploy_listener_actor& x) {
      return guard<done>(self, pass, right::look, [&](const node_client&) {
        return pass_on<done>(self, self->state.relay, x);
      });
    },
    // -- stages ---------------------------------------------------------------
    [=](const node_pass& pass, look_after& x) {
      return guard<done>(self, pass, right::work, [&](const node_client&) {
        return look_after_stages(self, std::move(x));
      });
    },
    [=](const node_pass& pass, const list_drift& x) {
      using drifts = std::vector<drift>;
      return guard<drifts>(self, pass, right::look, [&](const node_client&) {
        return pass_on<drifts>(self, self->state.drift_watch, x);
      });
    },
    [=](const node_pass& pass, const lent_proxy_actor& proxy,
        const node_pass& for_it) {
      return guard<done>(self, pass, right::work,
                         [&](const node_client& client) {
                           return borrow(self, client, proxy, for_it);
                         });
    },
    // -- the engine -----------------------------------------------------------
    [=](const node_pass& pass, ping_engine& x) {
      return guard<engine_info>(
        self, pass, right::look, [&](const node_client&) {
          x.options.ticket = 0;
          return pass_on<engine_info>(self, self->state.parts.svc.engine,
                                      std::move(x));
        });
    },
    [=](const node_pass& pass, list_containers& x) {
      return guard<std::vector<container_summary>>(
        self, pass, right::look,
        [&](const node_client&) { return list_ours(self, std::move(x)); });
    },
    [=](const node_pass& pass, const read_logs& x) {
      return guard<lines>(self, pass, right::look, [&](const node_client&) {
        return read_at_once(self, x);
      });
    },
    [=](const node_pass& pass, const read_logs& x,
        const log_listener_actor& listener) {
      return guard<done>(self, pass, right::look, [&](const node_client&) {
        return follow(self, x, listener);
      });
    },
  };
}

class gateway : public gateway_base {
public:
  gateway(caf::actor_config& config, node_parts parts,
          gateway_settings settings)
    : gateway_base{config} {
    state.version = std::move(settings.version);
    state.access.emplace(std::move(settings.name), std::move(settings.clients));
    state.own_routes = std::move(settings.own_routes);
    state.parts = std::move(parts);
  }

  /// Anybody at the other end of a connection may send exit messages, and an
  /// actor hears nothing of those that kill it.
  void
  enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    if (!what->content().match_elements<caf::exit_msg>())
      gateway_base::enqueue(std::move(what), host);
  }

protected:
  behavior_type make_behavior() override {
    harden(this);
    set_default_handler([](caf::scheduled_actor*,
                           caf::message_view&) -> caf::result<caf::message> {
      return caf::sec::unexpected_message;
    });
    set_down_handler(
      [this](const caf::down_msg& msg) { state.access->forget(msg.source); });
    spawn_ours(this);
    return behave(this);
  }
};

} // namespace

node_gateway_impl spawn_node_gateway(caf::actor_system& sys, node_parts parts,
                                     gateway_settings settings) {
  return sys.spawn<gateway>(std::move(parts), std::move(settings));
}

} // namespace dw
