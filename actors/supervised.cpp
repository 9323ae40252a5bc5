#include "actors/supervised.hpp"

#include "actors/harden.hpp"

#include <caf/atom.hpp>
#include <caf/message_view.hpp>
#include <caf/response_promise.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>

namespace dw {

namespace {

using restart_atom = caf::atom_constant<caf::atom("restart")>;

struct front_state {
  // However the front ends, nobody can reach the service any more.
  ~front_state() {
    if (service)
      caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  }

  std::string service_name;
  restart_policy policy;
  std::function<caf::actor(caf::actor_system&)> spawn;
  /// Null while there is none.
  caf::actor service;
  std::deque<std::chrono::steady_clock::time_point> restarts;

  static inline const char* name = "front";
};

using self_pointer = caf::stateful_actor<front_state>*;

void start_service(self_pointer self) {
  auto& st = self->state;
  try {
    st.service = st.spawn(self->system());
    self->monitor(st.service);
  } catch (const std::exception& x) {
    spdlog::error("{} cannot be started: {}", st.service_name, x.what());
    self->delayed_send(self, st.policy.pause, restart_atom::value);
  }
}

void on_down(self_pointer self, const caf::down_msg& msg) {
  auto& st = self->state;
  if (msg.source != st.service.address())
    return;
  st.service = nullptr;
  if (!msg.reason || msg.reason == caf::exit_reason::user_shutdown) {
    self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  spdlog::error("{} died and is restarted: {}", st.service_name,
                render(msg.reason));
  auto now = self->clock().now();
  while (!st.restarts.empty() && now - st.restarts.front() > st.policy.window)
    st.restarts.pop_front();
  st.restarts.push_back(now);
  if (st.restarts.size() <= st.policy.burst)
    start_service(self);
  else
    self->delayed_send(self, st.policy.pause, restart_atom::value);
}

// Hands a message on, whoever it is from and whatever answer it asks for.
caf::result<caf::message> hand_on(self_pointer self, caf::message_view& view) {
  auto& st = self->state;
  if (!st.service && self->current_message_id().is_request())
    return make_failure(errc::service_restarted,
                        {.object = st.service_name,
                         .reply = "the service is being restarted"});
  if (st.service)
    self->make_response_promise().delegate(st.service,
                                           view.move_content_to_message());
  // Nobody waits for an answer to a message that is no request.
  return caf::delegated<caf::message>{};
}

caf::behavior front(self_pointer self, std::string name, restart_policy policy,
                    std::function<caf::actor(caf::actor_system&)> spawn) {
  harden(self);
  auto& st = self->state;
  st.service_name = std::move(name);
  st.policy = policy;
  st.spawn = std::move(spawn);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { on_down(self, msg); });
  self->set_default_handler(
    [self](caf::scheduled_actor*, caf::message_view& view) {
      return hand_on(self, view);
    });
  start_service(self);
  return {
    [self](restart_atom) { start_service(self); },
  };
}

} // namespace

caf::actor
spawn_supervised(caf::actor_system& sys, std::string name,
                 restart_policy policy,
                 std::function<caf::actor(caf::actor_system&)> spawn) {
  return sys.spawn(front, std::move(name), policy, std::move(spawn));
}

} // namespace dw
