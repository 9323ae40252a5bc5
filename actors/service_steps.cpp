#include "actors/deploy_steps.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>

// Stages whose instances are services of a swarm; see docs/swarm.md.

namespace dw::steps {

using namespace std::chrono_literals;

namespace {

// The swarm tells nobody how its tasks go: neither do its events.
constexpr auto look_interval = 500ms;

// Beyond the time that a task may take to stop.
constexpr auto stop_margin = 60s;

using task_list = std::vector<service_task>;

list_tasks tasks_of(const std::string& id) {
  list_tasks result;
  result.service = id;
  return result;
}

inspect_service inspection_of(const std::string& id) {
  inspect_service result;
  result.id = id;
  return result;
}

std::string instance_of(const service_info& info) {
  return label_of(info.spec.labels, label::instance_id);
}

uint32_t replicas_of(const deploy_spec& spec) {
  return std::max(1u, spec.replicas);
}

} // namespace

// -- what must be there before ------------------------------------------------

void check_swarm(deployment_state& st) {
  st.ask<swarm_info>(
    st.svc.swarm, inspect_swarm{}, [&st](const swarm_info& swarm) {
      if (!swarm.is_manager) {
        st.fail(make_failure(
          errc::rejected,
          {.operation = "deploy to the swarm",
           .object = st.spec.project + "/" + st.spec.stage,
           .peer = "Docker Engine",
           .reply = "the engine is no manager of a swarm (its state is "
                    + swarm.state + ")",
           .hint = "Run docker swarm init on the engine's host, name a manager "
                   "as engine, or set target: container."}));
        return;
      }
      st.node_id = swarm.node_id;
      st.proceed();
    });
}

void require_health_check(deployment_state& st) {
  if (st.image.healthcheck || !st.spec.health.command.empty()) {
    st.proceed();
    return;
  }
  st.fail(make_failure(
    errc::invalid_argument,
    {.operation = "deploy to the swarm",
     .object = st.spec.image + ":" + st.spec.tag,
     .reply = "neither the image nor the stage has a health check, and without "
              "one a swarm takes every task that starts for one that works",
     .hint = "Add a HEALTHCHECK to the image, or set health.command of "
             + st.spec.project + "/" + st.spec.stage + "."}));
}

// -- the service --------------------------------------------------------------

namespace {

// Nodes pull by themselves, so an image's id is not enough.
std::string service_image(const deployment_state& st) {
  const auto& spec = st.spec;
  auto reference = parse_image_reference(spec.image);
  if (!reference)
    return spec.image;
  auto result = reference->name + ":" + spec.tag;
  const auto& known = st.image.repo_digests;
  auto name = reference->name + "@" + spec.digest;
  auto is_known = std::find(known.begin(), known.end(), name) != known.end();
  return is_known ? result + "@" + spec.digest : result;
}

bool is_published(const deploy_spec& spec) {
  return !spec.domains.empty() && spec.forward == forward_mode::host_port;
}

service_spec make_service(const deployment_state& st) {
  const auto& spec = st.spec;
  service_spec result;
  result.task = make_container(st);
  result.task.image = service_image(st);
  // A service answers to its name.
  result.task.aliases.clear();
  if (!is_published(spec))
    result.task.ports.clear();
  else if (spec.publish == publish_mode::host)
    // Elsewhere its port would not be where the route leads to.
    result.constraints.push_back("node.id==" + st.node_id);
  result.replicas = replicas_of(spec);
  result.publish = spec.publish;
  result.monitor = std::max<std::chrono::milliseconds>(1s, spec.soak);
  return result;
}

// One whose requests come by a route is replaced by another one, which needs
// another name; the route leads to that with `forward_mode::network`.
std::string new_service_name(const deployment_state& st) {
  const auto& spec = st.spec;
  if (spec.domains.empty())
    return "dw-" + spec.project + "-" + spec.stage;
  return instance_alias(container_name(spec.project, spec.stage, spec.tag),
                        st.instance_id);
}

// Before anything is undone, for that may remove the container.
void keep_task_words(deployment_state& st) {
  if (st.ended_container.empty() || code_of(st.error) == errc::cancelled)
    st.proceed();
  else
    keep_last_words_of(st, st.ended_container);
}

// -- undoing a creation -------------------------------------------------------

void remove_by_undo(deployment_state& st) {
  auto give_up = [&st](const caf::error& err) { st.on_failure(err); };
  stop_service(
    st, st.container_id,
    [&st, give_up] {
      remove_service(
        st, st.container_id, [&st] { st.proceed(); }, give_up);
    },
    give_up);
}

void remove_created(deployment_state& st) {
  // Visitors are still being answered by it, and for a moment the proxy may
  // even send more.
  if (st.may_be_routed)
    st.after(proxy_settle_time, [&st] { remove_by_undo(st); });
  else
    remove_by_undo(st);
}

void undo_create(deployment_state& st) {
  if (st.keeps_new) {
    leave_new_running(st);
    return;
  }
  if (!st.container_id.empty()) {
    remove_created(st);
    return;
  }
  // The creation's outcome is unknown: look for it by its name.
  st.ask_or<service_info>(
    st.svc.swarm, inspection_of(st.container_name),
    [&st](const service_info& info) {
      if (instance_of(info) != st.instance_id) {
        st.proceed();
        return;
      }
      st.container_id = info.id;
      remove_created(st);
    },
    [&st](caf::error& err) { proceed_if_gone(st, err); });
}

// The name is taken: perhaps by a former attempt, which succeeded without our
// hearing of it.
void find_created(deployment_state& st) {
  st.ask<service_info>(
    st.svc.swarm, inspection_of(st.container_name),
    [&st](const service_info& info) {
      if (instance_of(info) != st.instance_id) {
        st.fail(
          make_failure(errc::conflict,
                       {.operation = "take the service name",
                        .object = st.container_name,
                        .reply = "a service that is not of this stage has it ("
                                 + info.id + ")",
                        .hint = "Remove that service."}));
        return;
      }
      st.container_id = info.id;
      st.proceed();
    });
}

} // namespace

// May be repeated, for a swarm gives a name to one service only.
void create_service(deployment_state& st) {
  if (st.instance_id.empty())
    st.instance_id = make_instance_id();
  st.container_name = new_service_name(st);
  st.on_undo("service " + st.container_name + " was not removed", undo_create);
  st.on_undo({}, keep_task_words);
  dw::create_service request;
  request.spec = make_service(st);
  st.ask_or<service_created>(
    st.svc.swarm, std::move(request),
    [&st](const service_created& created) {
      st.container_id = created.id;
      for (const auto& warning : created.warnings)
        st.tell(warning);
      st.proceed();
    },
    [&st](caf::error& err) {
      if (code_of(err) == errc::conflict)
        find_created(st);
      else
        st.on_failure(err);
    });
}

// -- updating in place --------------------------------------------------------

namespace {

bool is_under_way(update_state x) {
  return x == update_state::updating || x == update_state::rollback_started;
}

std::chrono::milliseconds limit_of(const deployment_state& st) {
  // One task after the other.
  return health_limit(st.spec.health, st.image.healthcheck)
         * replicas_of(st.spec);
}

void await_rollback(deployment_state& st) {
  st.ask<service_info>(
    st.svc.swarm, inspection_of(st.updated_id), [&st](const service_info& x) {
      auto late = st.now() - st.undo_began > limit_of(st) + stop_margin;
      if (is_under_way(x.update) && !late)
        st.after(look_interval, [&st] { await_rollback(st); });
      else if (is_under_way(x.update) || x.update == update_state::paused
               || x.update == update_state::rollback_paused)
        st.on_failure(make_failure(
          errc::peer_failed,
          {.operation = "roll back service",
           .object = x.name,
           .peer = "Docker Engine",
           .reply = to_string(x.update) + ": " + x.update_message}));
      else
        st.proceed();
    });
}

// The swarm may have begun to by itself.
void undo_update(deployment_state& st) {
  st.ask<service_info>(
    st.svc.swarm, inspection_of(st.updated_id), [&st](const service_info& x) {
      if (instance_of(x) != st.instance_id) {
        await_rollback(st);
        return;
      }
      rollback_service request;
      request.id = st.updated_id;
      request.instance_id = st.instance_id;
      st.ask<done>(st.svc.swarm, request,
                   [&st](const done&) { await_rollback(st); });
    });
}

void send_update(deployment_state& st) {
  dw::update_service request;
  request.id = st.updated_id;
  request.spec = make_service(st);
  st.ask<done>(st.svc.swarm, std::move(request),
               [&st](const done&) { st.proceed(); });
}

} // namespace

// What an interrupted deploy has begun is let finish first: it must not become
// what a failure goes back to before the swarm has found it good.
void update_service(deployment_state& st) {
  if (st.instance_id.empty())
    st.instance_id = make_instance_id();
  const auto& service = *find_service(st.before);
  st.container_name = service.name;
  st.updated_id = service.id;
  st.ask<service_info>(
    st.svc.swarm, inspection_of(st.updated_id), [&st](const service_info& x) {
      if (instance_of(x) == st.instance_id) {
        st.proceed(); // by a former attempt
      } else if (is_under_way(x.update)) {
        st.after(look_interval, [&st] { update_service(st); });
      } else {
        st.on_undo("service " + st.container_name + " was not rolled back",
                   undo_update);
        st.on_undo({}, keep_task_words);
        send_update(st);
      }
    });
}

// -- gating and soaking -------------------------------------------------------

namespace {

using verdict = service_gate::verdict;

service_gate& gate_of(deployment_state& st) {
  return st.tasks_gate.front();
}

const std::string& gated_id(const deployment_state& st) {
  return st.updated_id.empty() ? st.container_id : st.updated_id;
}

void look(deployment_state& st);

// What a health check said is known only to the node of the task, which need
// not be the engine's.
void explain_end(deployment_state& st) {
  inspect_container request;
  request.id = st.ended_container;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st](const container_info& info) {
      auto err = gate_of(st).error();
      if (info.health == health_status::unhealthy)
        err = make_failure(errc::unhealthy, failure_of(err));
      st.fail(with_failure(err, [&info](failure& x) {
        if (info.health == health_status::unhealthy)
          x.reply += "; its health check says unhealthy: " + info.health_output;
        else
          x.reply += "; exit code " + std::to_string(info.exit_code);
      }));
    },
    [&st](caf::error&) { st.fail(gate_of(st).error()); });
}

void fail_gate(deployment_state& st) {
  const auto& ended = gate_of(st).ended();
  if (ended)
    st.ended_container = ended->container_id;
  if (st.ended_container.empty())
    st.fail(gate_of(st).error());
  else
    explain_end(st);
}

void conclude(deployment_state& st, verdict x) {
  switch (x) {
    case verdict::pass:
      st.container_id = gated_id(st);
      st.proceed();
      break;
    case verdict::fail:
      fail_gate(st);
      break;
    case verdict::wait:
      st.after(look_interval, [&st] { look(st); });
      break;
  }
}

void on_unseen(deployment_state& st, const caf::error& err) {
  if (is_transient(err))
    conclude(st, gate_of(st).on_unseen(err, st.now()));
  else
    st.fail(err);
}

void look_at_tasks(deployment_state& st) {
  st.ask_or<task_list>(
    st.svc.swarm, tasks_of(gated_id(st)),
    [&st](const task_list& tasks) {
      conclude(st, gate_of(st).on_tasks(tasks, st.now()));
    },
    [&st](caf::error& err) { on_unseen(st, err); });
}

void look(deployment_state& st) {
  if (!gate_of(st).is_update()) {
    look_at_tasks(st);
    return;
  }
  st.ask_or<service_info>(
    st.svc.swarm, inspection_of(gated_id(st)),
    [&st](const service_info& info) {
      gate_of(st).on_service(info);
      look_at_tasks(st);
    },
    [&st](caf::error& err) { on_unseen(st, err); });
}

} // namespace

void gate_service(deployment_state& st) {
  service_gate::settings x;
  x.name = st.container_name;
  x.instance_id = st.instance_id;
  x.replicas = replicas_of(st.spec);
  x.limit = limit_of(st);
  x.former = st.former_tasks;
  // Where nothing runs there is nothing to update: the swarm only starts it.
  x.is_update = !st.updated_id.empty()
                && find_service(st.before)->state != container_state::exited;
  if (x.is_update)
    x.limit += std::max<std::chrono::milliseconds>(1s, st.spec.soak);
  st.tasks_gate.clear();
  st.tasks_gate.emplace_back(std::move(x), st.now());
  look(st);
}

void soak_service(deployment_state& st) {
  tell_of_soak(st);
  gate_of(st).begin_soak(st.spec.soak, st.now());
  look(st);
}

// -- shared by steps ----------------------------------------------------------

namespace {

// The swarm does not say which number is of IPv4; the container does.
void find_task_port(deployment_state& st,
                    void (*then)(deployment_state&, uint16_t)) {
  st.ask<task_list>(
    st.svc.swarm, tasks_of(st.container_id), [&st, then](const task_list& xs) {
      auto i = std::find_if(xs.begin(), xs.end(), [](const auto& x) {
        return x.state == task_state::running
               && x.desired == task_state::running;
      });
      if (i == xs.end()) {
        st.on_failure(make_failure(
          errc::busy, {.operation = "find the published port of service",
                       .object = st.container_name,
                       .peer = "Docker Engine",
                       .reply = "none of its tasks runs"}));
        return;
      }
      inspect_port request;
      request.id = i->container_id;
      request.container_port = st.port;
      st.ask<port_binding>(st.svc.containers, request,
                           [&st, then](const port_binding& x) {
                             then(st, x.host_port);
                           });
    });
}

} // namespace

void find_service_port(deployment_state& st,
                       void (*then)(deployment_state&, uint16_t)) {
  st.ask<service_info>(st.svc.swarm, inspection_of(st.container_id),
                       [&st, then](const service_info& info) {
                         for (const auto& x : info.ports)
                           if (x.container_port == st.port) {
                             then(st, x.host_port);
                             return;
                           }
                         find_task_port(st, then);
                       });
}

void start_service(deployment_state& st) {
  st.ask<task_list>(
    st.svc.swarm, tasks_of(st.container_id), [&st](const task_list& tasks) {
      for (const auto& x : tasks)
        st.former_tasks.insert(x.id);
      scale_service request;
      request.id = st.container_id;
      request.replicas = replicas_of(st.spec);
      st.ask<done>(st.svc.swarm, request, [&st](const done&) { st.proceed(); });
    });
}

namespace {

using continuation = std::function<void()>;
using escape = std::function<void(const caf::error&)>;

bool is_over(const service_task& x) {
  return x.state > task_state::running;
}

// What is done with a failure, unless there is nothing left to be done to.
auto unless_gone(const continuation& then, const escape& otherwise) {
  return [then, otherwise](caf::error& err) {
    if (code_of(err) == errc::not_found)
      then();
    else
      otherwise(err);
  };
}

void await_end(deployment_state& st, const std::string& id,
               std::chrono::steady_clock::time_point until,
               const continuation& then, const escape& otherwise) {
  st.ask_or<task_list>(
    st.svc.swarm, tasks_of(id),
    [&st, id, until, then, otherwise](const task_list& tasks) {
      if (std::all_of(tasks.begin(), tasks.end(), is_over))
        then();
      else if (st.now() < until)
        st.after(look_interval, [&st, id, until, then, otherwise] {
          await_end(st, id, until, then, otherwise);
        });
      else
        otherwise(
          make_failure(errc::timed_out, {.operation = "stop service",
                                         .object = id,
                                         .peer = "Docker Engine",
                                         .reply = "its tasks do not end"}));
    },
    unless_gone(then, otherwise));
}

} // namespace

void stop_service(deployment_state& st, const std::string& id,
                  const continuation& then, const escape& otherwise) {
  scale_service request;
  request.id = id;
  st.ask_or<done>(
    st.svc.swarm, request,
    [&st, id, then, otherwise](const done&) {
      await_end(st, id, st.now() + st.spec.stop_timeout + stop_margin, then,
                otherwise);
    },
    unless_gone(then, otherwise));
}

void remove_service(deployment_state& st, const std::string& id,
                    const continuation& then, const escape& otherwise) {
  dw::remove_service request;
  request.id = id;
  st.ask_or<done>(
    st.svc.swarm, request, [then](const done&) { then(); },
    [otherwise](caf::error& err) { otherwise(err); });
}

} // namespace dw::steps
