#include "actors/node_link.hpp"

#include "actors/courier.hpp"
#include "actors/harden.hpp"
#include "actors/node_proof.hpp"
#include "actors/work_report.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace dw {

namespace {

using self_pointer = node_link_impl::stateful_pointer<node_link_state>;
using job = node_link_state::job;

void connect(self_pointer self);

std::string called(const node_link_state& st) {
  return "node " + st.node.name;
}

caf::error connection_lost() {
  return make_failure(errc::connection_lost,
                      {.reply = "the connection was lost"});
}

// What went wrong with this node, and where it is.
caf::error explain(const node_link_state& st, const caf::error& err,
                   const char* operation) {
  auto is_down = err == caf::sec::request_receiver_down;
  return with_failure(is_down ? connection_lost() : err, [&](failure& x) {
    if (x.operation.empty())
      x.operation = operation;
    // What the node says of itself has no object of its own.
    if (x.object.empty() && x.operation != operation)
      x.object = "at " + called(st);
    if (x.object.empty())
      x.object = called(st) + " at " + st.node.host + ":"
                 + std::to_string(st.node.port);
    if (x.peer.empty())
      x.peer = called(st);
  });
}

// Waiting does not help: somebody has to do something.
bool is_refusal(const caf::error& err) {
  switch (code_of(err)) {
    case errc::unauthorized:
    case errc::forbidden:
    case errc::version_mismatch:
    case errc::tls_failed:
    case errc::invalid_argument:
    case errc::rejected:
      return true;
    default:
      return false;
  }
}

// Asks a node that is connected.
template <class Answer, class Request>
auto ask_pass(self_pointer self, const Request& x) {
  auto& st = self->state;
  return ask_remote<Answer>(self, st.gateway, caf::duration{st.policy.answer},
                            st.pass, x);
}

// -- questions ----------------------------------------------------------------

// Calls `f` when it is known whether the node can be reached.
template <class F>
void when_tried(self_pointer self, F f) {
  if (self->state.has_tried)
    f();
  else
    self->state.waiting.emplace_back(std::move(f));
}

void end_first_attempt(self_pointer self) {
  self->state.has_tried = true;
  for (auto& f : std::exchange(self->state.waiting, {}))
    f();
}

template <class Result, class... Ts>
void ask_now(self_pointer self, std::shared_ptr<obligation<Result>> owed,
             caf::duration timeout, const Ts&... xs) {
  auto& st = self->state;
  if (st.view.state != node_state::connected) {
    owed->settle(explain(st, st.view.problem, "ask"));
    return;
  }
  ask_remote<Result>(self, st.gateway, timeout, st.pass, xs...)
    .then([owed](Result& x) { owed->settle(std::move(x)); },
          [self, owed](const caf::error& err) {
            owed->settle(explain(self->state, err, "ask"));
          });
}

// Has the node answer a question, if it is connected.
template <class Result, class... Ts>
caf::result<Result> ask(self_pointer self, caf::duration timeout, Ts... xs) {
  auto owed = std::make_shared<obligation<Result>>(
    self->template make_response_promise<Result>());
  when_tried(self, [=] { ask_now(self, owed, timeout, xs...); });
  return caf::delegated<Result>{};
}

template <class Request>
caf::duration limit_of(self_pointer self, const Request& x) {
  auto margin = self->state.policy.answer;
  return caf::duration{x.options.timeout + margin};
}

// -- work ---------------------------------------------------------------------

job* find(node_link_state& st, const std::string& id) {
  auto i = st.jobs.find(id);
  return i == st.jobs.end() ? nullptr : &i->second;
}

// Tells whoever has asked for the work what we know of it ourselves.
void tell_about(self_pointer self, const job& x, std::string text,
                bool retrying) {
  auto event = x.latest;
  event.text = std::move(text);
  event.retrying = retrying;
  event.progress = caf::none;
  self->send(x.listener, event);
}

template <class Result>
void settle(self_pointer self, const std::string& id, Result result) {
  if (auto entry = self->state.jobs.extract(id))
    entry.mapped().owed.settle(std::move(result));
}

// Nobody waits any longer for a node that may have the work.
void give_up(self_pointer self, const std::string& id, const caf::error& err) {
  auto reason = with_failure(err, [&](failure& x) {
    x.operation = "learn what became of the deploy " + id;
    x.hint = "The node ends it by itself. docker-watcher status shows what it "
             "has once it is back.";
  });
  const auto& x = self->state.jobs.at(id);
  auto report = make_report(x.work, x.latest.phase, deploy_outcome::unknown,
                            std::move(reason));
  settle(self, id, std::move(report));
}

// No connection: decides who still waits for one.
void review_jobs(self_pointer self, const caf::error& err) {
  auto& st = self->state;
  auto now = self->clock().now();
  std::vector<std::string> never_asked;
  std::vector<std::string> lost;
  for (const auto& [id, x] : st.jobs) {
    if (!x.is_asked
        && (is_refusal(err) || now - x.since >= st.policy.connect_patience))
      never_asked.push_back(id);
    else if (x.is_asked
             && (is_refusal(err) || now - st.lost_since >= st.policy.patience))
      lost.push_back(id);
  }
  for (const auto& id : never_asked)
    settle(self, id, err);
  for (const auto& id : lost)
    give_up(self, id, err);
}

void on_lost(self_pointer self, const caf::error& err);
void look_at(self_pointer self, const std::string& id, bool was_lost);

void send_cancel(self_pointer self, const std::string& id) {
  cancel_work request;
  request.deploy_id = id;
  auto& st = self->state;
  ask_pass<done>(self, request)
    .then([](const done&) {},
          [self, g = st.generation](const caf::error& err) {
            if (g == self->state.generation)
              on_lost(self, err);
          });
}

// The node has answered, but not as we hoped; or it has not answered.
bool is_of_connection(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::timed_out || code == errc::connection_lost
         || code == errc::service_restarted;
}

void submit(self_pointer self, const std::string& id) {
  auto& st = self->state;
  auto& x = st.jobs.at(id);
  x.is_asked = true;
  if (st.lent.routes)
    st.lent.routes->allow(x.work.spec);
  ask_pass<done>(self, x.work)
    .then([self, id](const done&) { look_at(self, id, false); },
          [self, id, g = st.generation](caf::error& err) {
            if (g != self->state.generation)
              return; // the next connection looks what became of it
            if (is_of_connection(err))
              on_lost(self, err);
            else
              settle(self, id, explain(self->state, err, "submit work to"));
          });
}

// The node may have the work, have done it, or have never heard of it: its
// answer, or what it told, may be lost with a connection, perhaps one of a
// former process.
void look_at(self_pointer self, const std::string& id, bool was_lost) {
  auto& st = self->state;
  auto on_record = [self, id, was_lost](const work_record& record) {
    auto* x = find(self->state, id);
    if (x == nullptr)
      return;
    if (record.report) {
      settle(self, id, *record.report);
      return;
    }
    if (was_lost)
      tell_about(self, *x, called(self->state) + " is back, and goes on",
                 false);
    if (was_lost && x->is_cancelled)
      send_cancel(self, id);
  };
  ask_pass<work_record>(self, read_work{id})
    .then(on_record, [self, id, g = st.generation](const caf::error& err) {
      if (g != self->state.generation || !find(self->state, id))
        return;
      if (code_of(err) == errc::not_found)
        submit(self, id);
      else
        on_lost(self, err);
    });
}

caf::result<deploy_report> accept(self_pointer self, submit_work& work,
                                  const deploy_listener_actor& listener) {
  auto& st = self->state;
  auto promise = self->make_response_promise<deploy_report>();
  auto id = work.deploy_id;
  job x;
  x.listener = listener;
  x.owed = obligation{promise};
  x.since = self->clock().now();
  x.latest.deploy_id = id;
  x.latest.project = work.spec.project;
  x.latest.stage = work.spec.stage;
  x.latest.node = st.node.name;
  x.work = std::move(work);
  st.jobs[id] = std::move(x);
  when_tried(self, [self, id] {
    auto& state = self->state;
    if (!find(state, id))
      return;
    if (state.view.state == node_state::connected)
      submit(self, id);
    else if (state.view.state == node_state::refused)
      settle(self, id, state.view.problem);
  });
  return promise;
}

void cancel_job(self_pointer self, const std::string& id) {
  auto* x = find(self->state, id);
  if (x == nullptr)
    return;
  x->is_cancelled = true;
  if (!x->is_asked)
    settle(self, id,
           make_report(x->work, x->latest.phase, deploy_outcome::cancelled,
                       make_failure(errc::cancelled,
                                    {.operation = to_string(x->work.action),
                                     .object = called(self->state),
                                     .reply = "cancelled before the node was "
                                              "reached"})));
  else if (self->state.view.state == node_state::connected)
    send_cancel(self, id);
}

// -- connecting ---------------------------------------------------------------

void look_after_stages(self_pointer self) {
  auto& st = self->state;
  if (!st.stages)
    return;
  if (st.lent.routes)
    for (const auto& spec : st.stages->stages)
      st.lent.routes->allow(spec);
  if (st.view.state != node_state::connected)
    return;
  ask_pass<done>(self, *st.stages)
    .then([](const done&) {},
          [self, g = st.generation](const caf::error& err) {
            if (g == self->state.generation && is_of_connection(err))
              on_lost(self, err);
            else
              spdlog::warn(
                render(explain(self->state, err, "have stages looked after")));
          });
}

void disconnect(self_pointer self) {
  auto& st = self->state;
  ++st.generation;
  if (st.gateway)
    self->demonitor(st.gateway.address());
  st.gateway = nullptr;
  st.pass = {};
}

void on_lost(self_pointer self, const caf::error& err) {
  auto& st = self->state;
  auto reason = explain(st, err, "connect to");
  auto was_connected = st.view.state == node_state::connected;
  disconnect(self);
  st.view.problem = reason;
  if (was_connected) {
    st.lost_since = self->clock().now();
    st.delay = st.policy.first_delay;
    spdlog::warn("{} is lost: {}", called(st), first_line(reason));
    for (const auto& [id, x] : st.jobs)
      if (x.is_asked)
        tell_about(self, x,
                   called(st)
                     + " is lost: what it does is unknown until it is "
                       "back",
                   true);
  } else {
    st.delay
      = std::clamp(st.delay * 2, st.policy.first_delay, st.policy.max_delay);
  }
  if (is_refusal(reason))
    st.view.state = node_state::refused;
  else if (was_connected || st.view.state == node_state::unknown)
    st.view.state = node_state::unknown;
  else
    st.view.state = node_state::connecting;
  end_first_attempt(self);
  review_jobs(self, reason);
  self->delayed_send(self, st.delay, node_tick{st.generation});
}

// Makes a request of the attempt under way. @param then Takes the answer.
template <class Answer, class Then, class... Ts>
void step(self_pointer self, Then then, const Ts&... xs) {
  auto& st = self->state;
  ask_remote<Answer>(self, st.gateway, caf::duration{st.policy.answer}, xs...)
    .then(
      [self, then, g = st.generation](Answer& x) {
        if (g == self->state.generation)
          then(x);
      },
      [self, g = st.generation](const caf::error& err) {
        if (g == self->state.generation)
          on_lost(self, err);
      });
}

// From now on the node tells what happens: what has happened by then is looked
// up.
void on_followed(self_pointer self) {
  auto& st = self->state;
  st.view.state = node_state::connected;
  st.view.problem = caf::none;
  st.delay = std::chrono::milliseconds{0};
  spdlog::info("{} is connected, release {}", called(st), st.view.version);
  look_after_stages(self);
  std::vector<std::pair<std::string, bool>> open;
  for (const auto& [id, x] : st.jobs)
    open.emplace_back(id, x.is_asked);
  for (const auto& [id, is_asked] : open) {
    if (is_asked)
      look_at(self, id, true);
    else
      submit(self, id);
  }
  end_first_attempt(self);
}

void on_welcome(self_pointer self, const node_welcome& x) {
  auto& st = self->state;
  st.pass = x.pass;
  st.view.has_proxy = x.has_proxy;
  auto follow = [self] {
    auto& state = self->state;
    step<done>(
      self, [self](const done&) { on_followed(self); }, state.pass,
      deploy_listener_actor{state.ear});
  };
  if (st.lent.proxy && !x.has_proxy)
    step<done>(
      self, [follow](const done&) { follow(); }, st.pass, st.lent.proxy,
      st.lent.pass);
  else
    follow();
}

void on_challenge(self_pointer self, const token_key& token,
                  const node_challenge& x) {
  auto& st = self->state;
  if (!is_proof(x.proof, node_party::node, token.key, st.nonce, x.nonce)) {
    on_lost(self, make_failure(
                    errc::unauthorized,
                    {.reply = "it calls itself " + x.name
                              + ", and does not know the token",
                     .hint = "Is it another node? Or the token was revoked "
                             "there."}));
    return;
  }
  st.view.version = x.version;
  node_login login{x.nonce,
                   prove(node_party::controller, token.key, st.nonce, x.nonce)};
  self
    ->request(st.ear, caf::infinite,
              enter_node{st.gateway, std::move(login), st.policy.answer})
    .then(
      [self, g = st.generation](const node_welcome& y) {
        if (g == self->state.generation)
          on_welcome(self, y);
      },
      [self, g = st.generation](const caf::error& err) {
        if (g == self->state.generation)
          on_lost(self, err);
      });
}

void on_dialled(self_pointer self, const token_key& token,
                const node_gateway_actor& gateway) {
  auto& st = self->state;
  st.gateway = gateway;
  self->monitor(gateway);
  st.nonce = make_nonce();
  step<node_challenge>(
    self,
    [self, token](const node_challenge& x) { on_challenge(self, token, x); },
    node_hello{token.id, st.nonce, st.version});
}

void connect(self_pointer self) {
  auto& st = self->state;
  auto g = ++st.generation;
  auto token = key_of_token(st.node.token);
  if (!token) {
    on_lost(self, token.error());
    return;
  }
  self
    ->request(st.dialer, caf::duration{st.policy.answer},
              dial_node{st.node.host, st.node.port})
    .then(
      [self, g, token = *token](const node_gateway_actor& x) {
        if (g == self->state.generation)
          on_dialled(self, token, x);
      },
      [self, g](const caf::error& err) {
        if (g == self->state.generation)
          on_lost(self, err);
      });
}

// CAF tells of a lost connection within a heartbeat or two; requests would only
// run into their timeouts.
void on_down(self_pointer self, const caf::down_msg& msg) {
  auto& st = self->state;
  if (st.ear.address() == msg.source)
    st.ear = self->spawn<caf::monitored>(node_ear, deploy_listener_actor{self});
  else if (!st.gateway || st.gateway.address() != msg.source)
    return;
  on_lost(self, connection_lost());
}

void on_event(self_pointer self, deploy_event& event) {
  auto* x = find(self->state, event.deploy_id);
  if (x == nullptr)
    return;
  event.node = self->state.node.name;
  x->latest = event;
  self->send(x->listener, event);
}

} // namespace

node_link_impl::behavior_type
node_link(self_pointer self, node_endpoint node, node_link_policy policy,
          node_dialer_actor dialer, lent_proxy_grant lent,
          std::string version) {
  harden(self);
  auto& st = self->state;
  st.view.name = node.name;
  st.view.address = node.host + ":" + std::to_string(node.port);
  st.node = std::move(node);
  st.policy = policy;
  st.dialer = std::move(dialer);
  st.lent = std::move(lent);
  st.ear = self->spawn<caf::monitored>(node_ear, deploy_listener_actor{self});
  st.version = std::move(version);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { on_down(self, msg); });
  connect(self);
  return {
    // -- work -----------------------------------------------------------------
    [self](submit_work& x, const deploy_listener_actor& listener) {
      return accept(self, x, listener);
    },
    [self](const cancel_work& x) {
      cancel_job(self, x.deploy_id);
      return done{};
    },
    // -- questions ------------------------------------------------------------
    [self](const ask_node&) -> caf::result<node_status> {
      auto owed = std::make_shared<obligation<node_status>>(
        self->make_response_promise<node_status>());
      when_tried(self, [self, owed] { owed->settle(self->state.view); });
      return caf::delegated<node_status>{};
    },
    [self](const ping_engine& x) {
      return ask<engine_info>(self, limit_of(self, x), x);
    },
    [self](const list_containers& x) {
      return ask<std::vector<container_summary>>(self, limit_of(self, x), x);
    },
    [self](const read_logs& x) {
      return ask<std::vector<log_line>>(self, limit_of(self, x), x);
    },
    [self](const read_logs& x, const log_listener_actor& listener) {
      return ask<done>(self, caf::infinite, x, listener);
    },
    [self](const look_after& x) {
      self->state.stages = x;
      look_after_stages(self);
    },
    [self](const list_drift& x) {
      return ask<std::vector<drift>>(
        self, caf::duration{self->state.policy.answer}, x);
    },
    // -- from the node --------------------------------------------------------
    [self](deploy_event& x) { on_event(self, x); },
    [self](const deploy_report& x) { settle(self, x.deploy_id, x); },
    // -- from itself ----------------------------------------------------------
    [self](const node_tick& x) {
      if (x.generation == self->state.generation)
        connect(self);
    },
  };
}

} // namespace dw
