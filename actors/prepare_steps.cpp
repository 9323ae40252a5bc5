#include "actors/deploy_steps.hpp"
#include "actors/route_plan.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw::steps {

// -- shared by steps ----------------------------------------------------------

list_containers containers_of(const deploy_spec& spec) {
  list_containers result;
  result.labels = {{label::project, spec.project}, {label::stage, spec.stage}};
  result.services = spec.target == deploy_target::swarm;
  return result;
}

list_proxy_hosts hosts_of(const deploy_spec& spec) {
  list_proxy_hosts result;
  result.domains = spec.domains;
  result.project = spec.project;
  result.stage = spec.stage;
  return result;
}

void pull_from_registry(deployment_state& st, const std::string& reference,
                        void (*then)(deployment_state&, const image_info&)) {
  pull_image request;
  request.reference = reference;
  st.ask<image_info>(
    st.svc.images, std::move(request),
    [&st, then](const image_info& image) { then(st, image); },
    pull_listener_actor{st.self});
}

namespace {

void leave_out_unverified(deployment_state& st,
                          std::vector<container_summary>& containers) {
  std::erase_if(containers, [&st](const auto& x) {
    if (x.id != st.work.not_serving)
      return false;
    st.instance_id = x.instance_id;
    return true;
  });
}

} // namespace

void read_state(deployment_state& st, void (*then)(deployment_state&)) {
  using list = std::vector<container_summary>;
  using hosts = std::vector<proxy_host>;
  st.ask<list>(
    st.svc.containers, containers_of(st.spec), [&st, then](list& containers) {
      leave_out_unverified(st, containers);
      // A route may outlive its domains in the configuration.
      auto has_route
        = !st.spec.domains.empty() || st.work.action == stage_action::remove;
      if (!st.svc.proxy || !has_route) {
        st.before = assess_stage(st.spec, std::move(containers), {});
        then(st);
        return;
      }
      st.ask<hosts>(st.svc.proxy, hosts_of(st.spec),
                    [&st, containers, then](const hosts& xs) {
                      st.before = assess_stage(st.spec, containers, xs);
                      then(st);
                    });
    });
}

// -- preparing ----------------------------------------------------------------

void find_network(deployment_state& st) {
  ensure_network request;
  request.name = st.spec.network;
  request.overlay = st.spec.target == deploy_target::swarm;
  st.ask<network_info>(st.svc.networks, request,
                       [&st](const network_info& network) {
                         st.network_id = network.id;
                         st.proceed();
                       });
}

namespace {

// None of the domains may be somebody else's, unless they may be adopted.
caf::error find_conflict(const stage_state& state, const deploy_spec& spec) {
  if (spec.adopt)
    return caf::none;
  for (const auto& host : state.hosts) {
    if (is_host_of(host, spec))
      continue;
    return make_failure(
      errc::domain_taken,
      {.operation = "route",
       .object = host.domains.empty() ? "" : host.domains.front(),
       .reply = "proxy host " + std::to_string(host.id)
                + " has it, which is not of this stage and forwards to "
                + address_of(host.target),
       .hint = "Set adopt: true on the stage to take it over with its "
               "certificate and access list, or remove it."});
  }
  return caf::none;
}

void check_conflict(deployment_state& st) {
  auto err = find_conflict(st.before, st.spec);
  if (err && replaces_instance(st.work.action))
    st.fail(std::move(err));
  else
    st.proceed();
}

} // namespace

void read_stage(deployment_state& st) {
  read_state(st, check_conflict);
}

namespace {

// An interrupted deploy of the same tag may have renamed what serves. One that
// was not interrupted has, too, and the name is its new container's.
void restore_name(deployment_state& st) {
  const auto& current = st.before.current;
  if (!current || is_swarm_id(current->id)) {
    st.proceed();
    return;
  }
  auto name = container_name(current->project, current->stage,
                             label_of(current->labels, label::tag));
  const auto& retired = st.before.retired;
  auto is_taken = std::any_of(retired.begin(), retired.end(),
                              [&](auto& x) { return x.name == name; });
  if (is_taken || current->name != replaced_name(name, current->instance_id)) {
    st.proceed();
    return;
  }
  st.tell("naming " + current->name + " " + name + " again");
  rename_container request;
  request.id = current->id;
  request.name = name;
  st.ask<done>(st.svc.containers, request, [&st, name](const done&) {
    st.before.current->name = name;
    st.proceed();
  });
}

} // namespace

void remove_unfinished(deployment_state& st) {
  auto& left = st.before.unfinished;
  if (left.empty()) {
    restore_name(st);
    return;
  }
  st.tell("removing " + left.back().name
          + ", left over by an interrupted deploy");
  auto then = [&st] {
    st.before.unfinished.pop_back();
    remove_unfinished(st);
  };
  if (is_swarm_id(left.back().id)) {
    remove_service(st, left.back().id, then,
                   [&st](const caf::error& err) { st.on_failure(err); });
    return;
  }
  remove_container request;
  request.id = left.back().id;
  request.force = true;
  st.ask<done>(st.svc.containers, request, [then](const done&) { then(); });
}

namespace {

void name_back(deployment_state& st) {
  // The name is not free, and the next deploy sees to it.
  if (st.keeps_new) {
    st.proceed();
    return;
  }
  inspect_container request;
  request.id = st.replaced_id;
  st.ask<container_info>(st.svc.containers, request,
                         [&st](const container_info& info) {
                           if (info.name == st.container_name) {
                             st.proceed();
                             return;
                           }
                           rename_container rename;
                           rename.id = info.id;
                           rename.name = st.container_name;
                           st.ask<done>(st.svc.containers, rename,
                                        [&st](const done&) { st.proceed(); });
                         });
}

void rename_aside(deployment_state& st, const container_summary& holder) {
  st.replaced_as = replaced_name(holder.name, holder.instance_id);
  st.replaced_id = holder.id;
  st.on_undo("container " + st.container_name + " is still named "
               + st.replaced_as,
             name_back);
  rename_container request;
  request.id = holder.id;
  request.name = st.replaced_as;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

} // namespace

// One that is not of this stage is found out by creating ours.
void free_name(deployment_state& st) {
  st.container_name
    = container_name(st.spec.project, st.spec.stage, st.spec.tag);
  auto has_name = [&st](const auto& x) { return x.name == st.container_name; };
  const auto& current = st.before.current;
  if (current && has_name(*current)) {
    rename_aside(st, *current);
    return;
  }
  const auto& retired = st.before.retired;
  auto i = std::find_if(retired.begin(), retired.end(), has_name);
  if (i != retired.end())
    rename_aside(st, *i);
  else
    st.proceed();
}

} // namespace dw::steps
