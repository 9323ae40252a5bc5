#include "actors/deploy_steps.hpp"
#include "actors/drift_plan.hpp"
#include "actors/http_probe.hpp"
#include "actors/route_plan.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "transports/npm_api.hpp"

#include <algorithm>

namespace dw::steps {

namespace {

std::string stage_name(const deployment_state& st) {
  return st.spec.project + "/" + st.spec.stage;
}

} // namespace

// -- rollback -----------------------------------------------------------------

namespace {

caf::error no_rollback(const deployment_state& st) {
  std::string kept;
  for (const auto& x : st.before.retired)
    kept += (kept.empty() ? "" : ", ") + label_of(x.labels, label::tag);
  return make_failure(
    errc::not_found,
    {.operation = "roll back",
     .object = stage_name(st),
     .reply = st.work.rollback_to.empty()
                ? "no earlier container is kept"
                : "no container of tag " + st.work.rollback_to + " is kept",
     .hint = kept.empty() ? "Set keep of the stage to 1 or more, so that the "
                            "next deploy keeps what it replaces."
                          : "Kept are: " + kept + "."});
}

// The environment is the instance's own; what the image and we add will be
// added again.
void take_env(deployment_state& st, const std::vector<env_entry>& env) {
  st.spec.env.clear();
  for (const auto& x : env)
    if (!x.name.starts_with(instance_env_prefix))
      st.spec.env.push_back(x);
}

// Takes what an instance is made of from a record, and the way to it from the
// stage as it is configured now. @returns whether it is a record.
bool take_record(deployment_state& st, const std::string& record) {
  auto spec = apply_record(st.work.spec, record);
  if (spec)
    st.spec = std::move(*spec);
  else
    st.fail(std::move(spec.error()));
  return static_cast<bool>(spec);
}

void go_back(deployment_state& st, const std::vector<env_entry>& env) {
  take_env(st, env);
  st.tell("going back to tag " + st.spec.tag);
  st.proceed();
}

void take_spec(deployment_state& st, const container_summary& kept) {
  if (!take_record(st, label_of(kept.labels, label::record)))
    return;
  if (is_swarm_id(kept.id)) {
    inspect_service request;
    request.id = kept.id;
    st.ask<service_info>(st.svc.swarm, request,
                         [&st](const service_info& info) {
                           go_back(st, info.spec.env);
                         });
    return;
  }
  st.pinned_image = kept.image_id;
  inspect_container request;
  request.id = kept.id;
  st.ask<container_info>(st.svc.containers, request,
                         [&st](const container_info& info) {
                           go_back(st, info.env);
                         });
}

bool is_updated_in_place(const deployment_state& st) {
  const auto& current = st.before.current;
  return st.spec.domains.empty() && current && is_swarm_id(current->id);
}

// Without a container that was kept, the history still knows the image and the
// settings.
void choose_recorded(deployment_state& st) {
  find_earlier request;
  request.project = st.spec.project;
  request.stage = st.spec.stage;
  request.tag = st.work.rollback_to;
  if (st.before.current && !is_updated_in_place(st))
    request.serving = st.before.current->id;
  st.self->request(st.svc.journal, caf::infinite, std::move(request))
    .then(
      [&st, current = st.generation](deploy_spec& earlier) {
        if (st.generation != current || !take_record(st, write_record(earlier)))
          return;
        st.spec.env = std::move(earlier.env);
        // The engine may still have what the registry has no more.
        st.spec.pull = pull_policy::missing;
        st.tell("going back to tag " + st.spec.tag + " of the history");
        st.proceed();
      },
      [&st, current = st.generation](caf::error& err) {
        if (st.generation == current)
          st.fail(code_of(err) == errc::not_found ? no_rollback(st)
                                                  : std::move(err));
      });
}

// Whether a service was made of something else that had been good before: a
// rollback leaves what was bad behind, and scaling leaves the same instance.
bool has_good_previous(const deployment_state& st, const service_info& info) {
  const auto& wanted = st.work.rollback_to;
  auto is_settled = info.update == update_state::completed
                    || info.update == update_state::none;
  return info.previous && is_settled
         && label_of(info.previous->labels, label::instance_id)
              != label_of(info.spec.labels, label::instance_id)
         && (wanted.empty()
             || label_of(info.previous->labels, label::tag) == wanted);
}

// What a swarm keeps of a service that was updated in place. The history cannot
// tell its instances apart by the service, so there it takes a tag.
void choose_previous(deployment_state& st) {
  inspect_service request;
  request.id = st.before.current->id;
  st.ask<service_info>(st.svc.swarm, request, [&st](const service_info& info) {
    if (has_good_previous(st, info)) {
      if (take_record(st, label_of(info.previous->labels, label::record)))
        go_back(st, info.previous->env);
    } else if (st.svc.journal && !st.work.rollback_to.empty()) {
      choose_recorded(st);
    } else {
      st.fail(no_rollback(st));
    }
  });
}

void choose_kept(deployment_state& st) {
  const auto& kept = st.before.retired;
  const auto& wanted = st.work.rollback_to;
  auto i = std::find_if(kept.begin(), kept.end(), [&](const auto& x) {
    return wanted.empty() || label_of(x.labels, label::tag) == wanted;
  });
  if (i != kept.end())
    take_spec(st, *i);
  else if (is_updated_in_place(st))
    choose_previous(st);
  else if (st.svc.journal)
    choose_recorded(st);
  else
    st.fail(no_rollback(st));
}

} // namespace

void choose_rollback(deployment_state& st) {
  read_state(st, choose_kept);
}

// -- what serves --------------------------------------------------------------

void find_current(deployment_state& st) {
  const auto& current = st.before.current;
  if (!current) {
    st.fail(
      make_failure(errc::not_found, {.operation = to_string(st.work.action),
                                     .object = stage_name(st),
                                     .reply = "it has no container",
                                     .hint = "Deploy it first."}));
    return;
  }
  // What runs counts, not what is configured for the next deploy.
  if (auto spec
      = apply_record(st.work.spec, label_of(current->labels, label::record)))
    st.spec = std::move(*spec);
  st.port = st.spec.port;
  st.container_id = current->id;
  st.container_name = current->name;
  st.instance_id = current->instance_id;
  st.proceed();
}

// -- remove -------------------------------------------------------------------

namespace {

void on_route_removed(deployment_state& st) {
  st.before.hosts.pop_back();
  remove_route(st);
}

// It was somebody's before it was adopted, with settings that a deploy of ours
// cannot bring back.
void release_host(deployment_state& st, const proxy_host& host) {
  st.tell("disabling proxy host " + std::to_string(host.id) + " of "
          + host.domains.front() + ", which was adopted");
  disable_proxy_host disable;
  disable.id = host.id;
  update_proxy_host update;
  update.id = host.id;
  update.meta = npm::erase_owner(host.meta);
  st.ask<done>(st.svc.proxy, disable, [&st, update](const done&) {
    st.ask<proxy_host>(st.svc.proxy, update,
                       [&st](const proxy_host&) { on_route_removed(st); });
  });
}

void delete_host(deployment_state& st, const proxy_host& host) {
  st.tell("deleting proxy host " + std::to_string(host.id) + " of "
          + host.domains.front());
  delete_proxy_host request;
  request.id = host.id;
  st.ask<done>(st.svc.proxy, request,
               [&st](const done&) { on_route_removed(st); });
}

// With one container to be removed instead of the stage: its route only.
bool is_to_be_removed(const deployment_state& st, const proxy_host& host) {
  return is_host_of(host, st.spec)
         && (st.work.not_serving.empty()
             || npm::read_owner(host)->instance_id == st.instance_id);
}

} // namespace

void remove_route(deployment_state& st) {
  auto& hosts = st.before.hosts;
  std::erase_if(hosts, [&](const auto& x) { return !is_to_be_removed(st, x); });
  if (!hosts.empty() && !st.work.not_serving.empty() && st.before.current)
    st.fail(make_failure(
      errc::conflict,
      {.operation = "remove container",
       .object = st.work.not_serving,
       .reply
       = "the route still leads to it, and not to " + st.before.current->name,
       .hint = "Deploy the stage again, or start it to see why not."}));
  else if (hosts.empty())
    st.proceed();
  else if (npm::is_adopted(hosts.back()))
    release_host(st, hosts.back());
  else
    delete_host(st, hosts.back());
}

// -- a route to what runs -----------------------------------------------------

namespace {

void send_wanted(deployment_state& st, const stage_state& state) {
  auto wanted = wanted_route(st.spec, state);
  if (!wanted) {
    st.proceed();
    return;
  }
  const auto& target = wanted->target;
  st.tell(target == nowhere() ? "nowhere, for its port may become another app's"
                              : address_of(target));
  st.ask<route_result>(st.svc.proxy, std::move(*wanted),
                       [&st](const route_result&) { st.proceed(); });
}

} // namespace

void repair_route(deployment_state& st) {
  send_wanted(st, st.before);
}

// In a recovery the route may lead to what is about to be removed, which still
// answers while the other one does not.
void repair_route_on_undo(deployment_state& st) {
  if (!st.spec.domains.empty() && st.work.not_serving.empty())
    st.on_undo("the route of " + st.spec.domains.front()
                 + " may lead to a former port",
               [](deployment_state& x) { read_state(x, repair_route); });
}

void lead_nowhere(deployment_state& st) {
  repair_route_on_undo(st);
  auto stopped = st.before;
  stopped.current->state = container_state::exited;
  send_wanted(st, stopped);
}

} // namespace dw::steps
