#include "actors/deploy_steps.hpp"
#include "actors/http_probe.hpp"
#include "actors/route_plan.hpp"
#include "messages/naming.hpp"
#include "transports/docker_api.hpp"
#include "transports/response_error.hpp"

#include <algorithm>
#include <utility>

namespace dw::steps {

using namespace std::chrono_literals;

// -- gating -------------------------------------------------------------------

namespace {

using verdict = health_gate::verdict;

health_gate& gate_of(deployment_state& st) {
  return st.gate.front();
}

void look(deployment_state& st);

void plan_look(deployment_state& st);

// Where a published port is reached from here: wildcard addresses are not
// addresses to connect to.
std::string probe_address(const deploy_spec& spec) {
  if (spec.publish_on == "0.0.0.0")
    return "127.0.0.1";
  if (spec.publish_on == "::")
    return "::1";
  return spec.publish_on;
}

void conclude(deployment_state& st, verdict x) {
  switch (x) {
    case verdict::pass:
      st.proceed();
      break;
    case verdict::fail:
      st.fail(gate_of(st).error());
      break;
    case verdict::wait:
      plan_look(st);
      break;
  }
}

void probe(deployment_state& st, const port_binding& binding) {
  st.exchange(
    direct_probe(st.spec, probe_address(st.spec), binding.host_port),
    [&st](const http_response& response) {
      st.probing = false;
      conclude(st, gate_of(st).on_probe(response.status, st.now()));
    },
    [&st](const caf::error& err) {
      st.probing = false;
      conclude(st, gate_of(st).on_probe_failed(err, st.now()));
    });
}

void on_inspected(deployment_state& st, const container_info& info) {
  st.binding = caf::none;
  if (st.port != 0)
    if (auto found = docker::find_port(info, st.port))
      st.binding = std::move(*found);
  auto result = gate_of(st).on_info(info, st.now());
  conclude(st, result);
  if (result != verdict::wait || !gate_of(st).wants_probe() || st.probing
      || !st.binding)
    return;
  st.probing = true;
  probe(st, *st.binding);
}

// An event that came while we were looking may tell of something later, unless
// the gate is behind us.
void look_once_more(deployment_state& st) {
  if (st.on_event && std::exchange(st.look_again, false))
    look(st);
}

// Reads what the engine says now. An engine that is slow to answer is not asked
// again meanwhile.
void look(deployment_state& st) {
  if (std::exchange(st.looking, true)) {
    st.look_again = true;
    return;
  }
  inspect_container request;
  request.id = st.container_id;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st](const container_info& info) {
      st.looking = false;
      on_inspected(st, info);
      look_once_more(st);
    },
    [&st](caf::error& err) {
      st.looking = false;
      if (is_transient(err))
        conclude(st, gate_of(st).on_unseen(err, st.now()));
      else
        st.fail(std::move(err));
      look_once_more(st);
    });
}

// Events tell at once; looking every second is for those that got lost. Most
// containers need no second look.
void plan_look(deployment_state& st) {
  if (std::exchange(st.look_planned, true))
    return;
  st.after(gate_of(st).interval(st.now()), [&st] {
    st.look_planned = false;
    plan_look(st);
    if (st.looking)
      conclude(st, gate_of(st).on_time(st.now()));
    else
      look(st);
  });
}

// Looks at once, at events, and now and then.
void begin_looking(deployment_state& st) {
  st.probing = false;
  st.looking = false;
  st.look_again = false;
  st.look_planned = false;
  st.on_event = [&st](const engine_event&) { look(st); };
  look(st);
}

} // namespace

void gate(deployment_state& st) {
  if (is_swarm_id(st.container_id)) {
    gate_service(st);
    return;
  }
  auto is_http = st.port != 0
                 && (!st.spec.domains.empty() || !st.spec.health.path.empty());
  st.gate.clear();
  st.gate.emplace_back(st.container_name, st.spec.health, is_http, st.now());
  st.subscribe(st.container_id);
  begin_looking(st);
}

// -- soaking ------------------------------------------------------------------

void tell_of_soak(deployment_state& st) {
  st.tell("watching " + st.container_name + " for "
          + std::to_string(st.spec.soak.count() / 1000) + " s");
}

// Events still come: the gate has subscribed to them.
void soak(deployment_state& st) {
  tell_of_soak(st);
  gate_of(st).begin_soak(st.spec.soak, st.now());
  begin_looking(st);
}

// -- routing ------------------------------------------------------------------

namespace {

// Wherever the route leads, visitors are answered: both instances run.
void give_up_route(deployment_state& st, const caf::error& err) {
  if (st.repeat_after(err))
    return;
  st.keeps_new = true;
  st.leave_over(st.undo.back().leftover, err);
  st.proceed();
}

void revert(deployment_state& st, std::vector<route_change> changes,
            void (*then)(deployment_state&)) {
  revert_route request;
  request.changes = std::move(changes);
  st.ask_or<done>(
    st.svc.proxy, std::move(request), [&st, then](const done&) { then(st); },
    [&st](caf::error& err) { give_up_route(st, err); });
}

// Computed from what the proxy has now and had before, for whatever happened
// in between: a change may have been made without our hearing of it.
void put_back_what_differs(deployment_state& st) {
  using hosts = std::vector<proxy_host>;
  st.ask_or<hosts>(
    st.svc.proxy, hosts_of(st.spec),
    [&st](const hosts& xs) {
      auto now = assess_stage(st.spec, {}, xs).hosts;
      auto changes = changes_between(st.before.hosts, now, st.spec);
      if (changes.empty())
        st.proceed();
      else
        revert(st, std::move(changes),
               [](deployment_state& x) { x.proceed(); });
    },
    [&st](caf::error& err) { give_up_route(st, err); });
}

// A change whose answer we have not heard may still be to come. Changes take
// turns: behind one that changes nothing it is over.
void restore_route(deployment_state& st) {
  if (st.may_be_routed)
    revert(st, {}, put_back_what_differs);
  else
    st.proceed();
}

void send_route(deployment_state& st, proxy_target target) {
  // A former target of the same instance is no way back.
  if (replaces_instance(st.work.action))
    st.on_undo("the route of " + st.spec.domains.front() + " was not put back",
               restore_route);
  set_route request;
  request.domains = st.spec.domains;
  request.target = std::move(target);
  request.owner = {st.spec.project, st.spec.stage, st.instance_id};
  request.settings = st.spec.proxy;
  request.adopt = st.spec.adopt;
  st.tell(address_of(request.target));
  auto before = std::exchange(st.may_be_routed, true);
  st.ask_or<route_result>(
    st.svc.proxy, std::move(request),
    [&st](const route_result&) {
      st.routed_at = st.now();
      st.proceed();
    },
    [&st, before](caf::error& err) {
      if (is_before_request(code_of(err)))
        st.may_be_routed = before;
      st.on_failure(err);
    });
}

} // namespace

void leave_new_running(deployment_state& st) {
  st.leftovers.push_back(
    (is_swarm_id(st.container_id) ? "service " : "container ")
    + st.container_name + " still runs, for the route of "
    + st.spec.domains.front()
    + " may lead to it: deploy the stage again when the proxy answers, and "
      "only what serves is left");
  st.proceed();
}

void route(deployment_state& st) {
  if (st.spec.forward == forward_mode::network) {
    // Not the container's name: while an instance of the same tag takes over,
    // both would answer to it.
    auto name = container_name(st.spec.project, st.spec.stage, st.spec.tag);
    send_route(st, {"http", instance_alias(name, st.instance_id), st.port});
    return;
  }
  if (is_swarm_id(st.container_id)) {
    find_service_port(st, [](deployment_state& x, uint16_t port) {
      send_route(x, {"http", x.spec.forward_host, port});
    });
    return;
  }
  if (st.binding) {
    send_route(st, {"http", st.spec.forward_host, st.binding->host_port});
    return;
  }
  inspect_port request;
  request.id = st.container_id;
  request.container_port = st.port;
  st.ask<port_binding>(
    st.svc.containers, request, [&st](const port_binding& binding) {
      send_route(st, {"http", st.spec.forward_host, binding.host_port});
    });
}

// -- verifying ----------------------------------------------------------------

namespace {

// nginx ends its old workers 100 ms after it has started new ones; until then
// both answer.
constexpr auto worker_change = 250ms;
constexpr auto verify_limit = 20s;
constexpr auto verify_interval = 100ms;

// An answer that does not tell which instance it is from counts only then.
bool has_settled(const deployment_state& st) {
  return st.now() - st.routed_at >= proxy_settle_time;
}

void verify_domain(deployment_state& st, bool tls);

void try_again(deployment_state& st, const std::string& answer) {
  if (st.now() - st.routed_at > verify_limit) {
    const auto& domain = st.spec.domains[st.domains_verified];
    st.fail(make_failure(
      errc::route_unverified,
      {.operation = "reach the new container through the proxy as",
       .object = domain,
       .reply = "still " + answer + " after "
                + std::to_string(verify_limit / 1s) + " s",
       .hint = "Is " + st.spec.verify_url
               + " where the proxy answers, and can the proxy connect to "
               + (st.spec.forward == forward_mode::network
                    ? "network " + st.spec.network
                    : st.spec.forward_host)
               + "?"}));
    return;
  }
  st.after(verify_interval, [&st] { verify_domain(st, false); });
}

void on_answer(deployment_state& st, const http_response& response, bool tls) {
  const auto& domain = st.spec.domains[st.domains_verified];
  switch (judge_proxy_answer(response, domain, st.instance_id)) {
    case proxy_verdict::redirected_to_tls:
      if (!tls) {
        verify_domain(st, true);
        return;
      }
      break;
    case proxy_verdict::routed:
      if (!has_settled(st)) {
        st.after(verify_interval, [&st, tls] { verify_domain(st, tls); });
        return;
      }
      [[fallthrough]];
    case proxy_verdict::reached:
      ++st.domains_verified;
      verify(st);
      return;
    case proxy_verdict::elsewhere:
      break;
  }
  try_again(st, describe_proxy_answer(response));
}

void verify_domain(deployment_state& st, bool tls) {
  const auto& domain = st.spec.domains[st.domains_verified];
  st.exchange(
    proxy_probe(st.spec, domain, tls),
    [&st, tls](const http_response& response) { on_answer(st, response, tls); },
    [&st](const caf::error& err) { try_again(st, failure_of(err).reply); });
}

} // namespace

void verify(deployment_state& st) {
  if (st.domains_verified < st.spec.domains.size())
    verify_domain(st, false);
  else if (has_settled(st))
    st.proceed();
  else
    st.after(worker_change, [&st] { st.proceed(); });
}

} // namespace dw::steps
