#include "actors/deploy_steps.hpp"

#include "actors/http_probe.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw {

using namespace std::chrono_literals;

// -- what a deploy is made of -------------------------------------------------

namespace {

using phase = deploy_phase;

constexpr deploy_step deploy_table[] = {
  {phase::pulling, steps::pull, 600s, true},
  {phase::preparing, steps::find_network, 60s},
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::preparing, steps::free_name, 60s},
  {phase::creating, steps::create, 60s},
  {phase::starting, steps::start, 120s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s},
  {phase::verifying, steps::verify, 15s, true},
  {phase::draining, steps::drain, 15s, true},
  {phase::retiring, steps::retire, 120s},
};

constexpr deploy_step rollback_table[] = {
  {phase::queued, steps::choose_rollback, 30s, true},
  {phase::pulling, steps::pull, 600s, true},
  {phase::preparing, steps::find_network, 60s},
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::preparing, steps::free_name, 60s},
  {phase::creating, steps::create, 60s},
  {phase::starting, steps::start, 120s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s},
  {phase::verifying, steps::verify, 15s, true},
  {phase::draining, steps::drain, 15s, true},
  {phase::retiring, steps::retire, 120s},
};

constexpr deploy_step start_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::starting, steps::start, 120s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s},
  {phase::verifying, steps::verify, 15s, true},
};

constexpr deploy_step restart_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::starting, steps::restart, 180s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s},
  {phase::verifying, steps::verify, 15s, true},
};

constexpr deploy_step stop_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::retiring, steps::stop, 120s},
};

constexpr deploy_step remove_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::routing, steps::remove_route, 120s},
  {phase::retiring, steps::remove_containers, 120s},
};

constexpr deploy_step retire_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::draining, steps::drain_retired, 15s, true},
  {phase::retiring, steps::retire, 120s},
};

} // namespace

std::span<const deploy_step> steps_of(stage_action action) {
  switch (action) {
    case stage_action::deploy:
      return deploy_table;
    case stage_action::rollback:
      return rollback_table;
    case stage_action::start:
      return start_table;
    case stage_action::restart:
      return restart_table;
    case stage_action::stop:
      return stop_table;
    case stage_action::remove:
      return remove_table;
    case stage_action::retire:
      return retire_table;
  }
  return {};
}

namespace steps {

// -- pulling ------------------------------------------------------------------

namespace {

std::string digest_of(const image_info& image, const std::string& name) {
  for (const auto& x : image.repo_digests)
    if (x.starts_with(name + "@"))
      return x.substr(name.size() + 1);
  return image.repo_digests.empty()
           ? std::string{}
           : image.repo_digests.front().substr(
             image.repo_digests.front().find('@') + 1);
}

// The only TCP port that the image exposes, or the one that the spec says.
caf::expected<uint16_t> choose_port(const deploy_spec& spec,
                                    const image_info& image) {
  if (spec.port != 0)
    return spec.port;
  std::vector<std::string> candidates;
  for (const auto& x : image.exposed_ports)
    if (x.ends_with("/tcp"))
      candidates.push_back(x.substr(0, x.find('/')));
  if (candidates.size() == 1)
    return static_cast<uint16_t>(std::stoul(candidates.front()));
  if (candidates.empty() && spec.domains.empty())
    return uint16_t{0};
  std::string list;
  for (const auto& x : candidates)
    list += (list.empty() ? "" : ", ") + x;
  return make_failure(
    errc::invalid_argument,
    {.operation = "choose the port of",
     .object = spec.image + ":" + spec.tag,
     .reply = candidates.empty() ? "the image exposes no TCP port"
                                 : "the image exposes several: " + list,
     .hint = "Set port of " + spec.project + "/" + spec.stage
             + " to the one that speaks HTTP."});
}

void use_image(deployment_state& st, const image_info& image) {
  auto& spec = st.spec;
  st.image = image;
  if (st.pinned_image.empty())
    spec.digest = digest_of(image, spec.image);
  auto port = choose_port(spec, image);
  if (!port) {
    st.fail(std::move(port.error()));
    return;
  }
  st.port = *port;
  spec.port = *port;
  st.tell(spec.digest.empty() ? image.id : spec.digest);
  st.proceed();
}

std::string wanted_reference(const deployment_state& st) {
  const auto& spec = st.spec;
  if (!st.pinned_image.empty())
    return st.pinned_image;
  return spec.digest.empty() ? spec.image + ":" + spec.tag
                             : spec.image + "@" + spec.digest;
}

void pull_from_registry(deployment_state& st, const std::string& reference) {
  pull_image request;
  request.reference = reference;
  st.ask<image_info>(
    st.svc.images, std::move(request),
    [&st](const image_info& image) { use_image(st, image); },
    pull_listener_actor{st.self});
}

} // namespace

void pull(deployment_state& st) {
  auto reference = wanted_reference(st);
  const auto& spec = st.spec;
  // What a digest names never changes, so it need not be asked for again.
  if (spec.pull == pull_policy::always && spec.digest.empty()
      && st.pinned_image.empty()) {
    pull_from_registry(st, reference);
    return;
  }
  inspect_image request;
  request.reference = reference;
  st.ask_or<image_info>(
    st.svc.images, request,
    [&st](const image_info& image) { use_image(st, image); },
    [&st, reference](caf::error& err) {
      auto is_absent = code_of(err) == errc::not_found;
      if (is_absent && st.spec.pull == pull_policy::never)
        st.fail(with_failure(err, [](failure& x) {
          x.hint = "With pull: never the image must be on the engine's host "
                   "already; build or load it there.";
        }));
      else if (is_absent && st.pinned_image.empty())
        pull_from_registry(st, reference);
      else
        st.on_failure(err);
    });
}

// -- preparing ----------------------------------------------------------------

void find_network(deployment_state& st) {
  ensure_network request;
  request.name = st.spec.network;
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
                + host.target.host + ":" + std::to_string(host.target.port),
       .hint = "Set adopt: true on the stage to take it over with its "
               "certificate and access list, or remove it."});
  }
  return caf::none;
}

void on_stage_read(deployment_state& st, stage_state state) {
  st.before = std::move(state);
  auto is_routing = st.work.action == stage_action::deploy
                    || st.work.action == stage_action::rollback;
  if (auto err = find_conflict(st.before, st.spec); err && is_routing)
    st.fail(std::move(err));
  else
    st.proceed();
}

} // namespace

void read_stage(deployment_state& st) {
  list_containers request;
  request.labels = {{label::project, st.spec.project},
                    {label::stage, st.spec.stage}};
  using list = std::vector<container_summary>;
  st.ask<list>(st.svc.containers, std::move(request), [&st](list& containers) {
    if (!st.svc.proxy || st.spec.domains.empty()) {
      on_stage_read(st, assess_stage(st.spec, std::move(containers), {}));
      return;
    }
    using hosts = std::vector<proxy_host>;
    st.ask<hosts>(st.svc.proxy, list_proxy_hosts{},
                  [&st, containers](const hosts& xs) {
                    on_stage_read(st, assess_stage(st.spec, containers, xs));
                  });
  });
}

namespace {

// An interrupted deploy of the same tag may have renamed what serves.
void restore_name(deployment_state& st) {
  const auto& current = st.before.current;
  if (!current) {
    st.proceed();
    return;
  }
  auto tag = current->labels.find(label::tag);
  auto name = container_name(current->project, current->stage,
                             tag == current->labels.end() ? "" : tag->second);
  if (tag == current->labels.end()
      || current->name != replaced_name(name, current->instance_id)) {
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
  remove_container request;
  request.id = left.back().id;
  request.force = true;
  st.ask<done>(st.svc.containers, request, [&st](const done&) {
    st.before.unfinished.pop_back();
    remove_unfinished(st);
  });
}

namespace {

void name_back(deployment_state& st) {
  inspect_container request;
  request.id = st.replaced_id;
  st.ask<container_info>(
    st.svc.containers, request, [&st](const container_info& info) {
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

std::string label_of(const container_info& info, const char* key) {
  auto i = info.labels.find(key);
  return i == info.labels.end() ? "" : i->second;
}

void rename_aside(deployment_state& st, const container_info& holder) {
  if (label_of(holder, label::project) != st.spec.project
      || label_of(holder, label::stage) != st.spec.stage) {
    st.fail(make_failure(
      errc::conflict,
      {.operation = "take the container name",
       .object = st.container_name,
       .reply = "a container that is not of this stage has it ("
                + holder.id.substr(0, 12) + ")",
       .hint = "Rename or remove that container, or deploy another tag."}));
    return;
  }
  st.replaced_as
    = replaced_name(holder.name, label_of(holder, label::instance_id));
  // Registered before the attempt: it may succeed without our hearing of it.
  if (st.replaced_id.empty())
    st.on_undo("container " + st.container_name + " is still named "
                 + st.replaced_as,
               name_back);
  st.replaced_id = holder.id;
  rename_container request;
  request.id = holder.id;
  request.name = st.replaced_as;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

} // namespace

void free_name(deployment_state& st) {
  st.container_name
    = container_name(st.spec.project, st.spec.stage, st.spec.tag);
  inspect_container request;
  request.id = st.container_name;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st](const container_info& holder) { rename_aside(st, holder); },
    [&st](caf::error& err) {
      if (code_of(err) == errc::not_found)
        st.proceed();
      else
        st.on_failure(err);
    });
}

// -- creating and starting ----------------------------------------------------

namespace {

container_spec make_container(const deployment_state& st) {
  const auto& spec = st.spec;
  container_spec result;
  result.name = st.container_name;
  // Not by tag alone: it may have moved since it was pulled. With a digest the
  // engine ignores the tag, but shows it to people.
  auto pinned = spec.image + "@" + spec.digest;
  const auto& known = st.image.repo_digests;
  result.image = std::find(known.begin(), known.end(), pinned) == known.end()
                   ? st.image.id
                   : spec.image + ":" + spec.tag + "@" + spec.digest;
  result.command = spec.command;
  result.env = spec.env;
  auto tell_instance = [&](const char* name, const std::string& value) {
    result.env.push_back({instance_env_prefix + std::string{name},
                          secret{value}});
  };
  tell_instance("PROJECT", spec.project);
  tell_instance("STAGE", spec.stage);
  tell_instance("TAG", spec.tag);
  tell_instance("INSTANCE_ID", st.instance_id);
  result.labels = spec.labels;
  result.labels[label::project] = spec.project;
  result.labels[label::stage] = spec.stage;
  result.labels[label::instance_id] = st.instance_id;
  result.labels[label::tag] = spec.tag;
  result.labels[label::record] = write_record(spec);
  if (st.port != 0)
    result.ports.push_back({st.port, spec.publish_on});
  result.network = st.network_id;
  result.aliases = {instance_alias(st.container_name, st.instance_id)};
  if (!spec.health.command.empty() || spec.health.interval > 0ms) {
    health_check check;
    check.test = spec.health.command;
    if (!check.test.empty() && check.test.front() != "CMD"
        && check.test.front() != "CMD-SHELL" && check.test.front() != "NONE")
      check.test.insert(check.test.begin(), "CMD");
    check.interval = spec.health.interval > 0ms ? spec.health.interval : 1s;
    result.healthcheck = std::move(check);
  }
  result.volumes = spec.volumes;
  result.resources = spec.resources;
  result.restart_policy = spec.restart_policy;
  result.stop_timeout = spec.stop_timeout;
  return result;
}

// -- undoing a creation: keep what it said, then remove it --------------------

void remove_created(deployment_state& st) {
  remove_container request;
  request.id = st.container_id;
  request.force = true;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

void keep_last_words(deployment_state& st) {
  read_logs request;
  request.id = st.container_id;
  request.tail = 20;
  using lines = std::vector<log_line>;
  st.ask_or<lines>(
    st.svc.containers, request,
    [&st](const lines& xs) {
      std::string tail;
      for (const auto& x : xs)
        tail += (tail.empty() ? "" : "\n") + x.text;
      st.error = with_failure(st.error,
                              [&](failure& x) { x.log_tail = std::move(tail); });
      remove_created(st);
    },
    [&st](caf::error&) { remove_created(st); });
}

void undo_create(deployment_state& st) {
  if (!st.container_id.empty()) {
    if (code_of(st.error) == errc::cancelled)
      remove_created(st);
    else
      keep_last_words(st);
    return;
  }
  // The creation's outcome is unknown: look for it by its name.
  inspect_container request;
  request.id = st.container_name;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st](const container_info& info) {
      if (label_of(info, label::instance_id) != st.instance_id) {
        st.proceed();
        return;
      }
      st.container_id = info.id;
      remove_created(st);
    },
    [&st](caf::error& err) {
      if (code_of(err) == errc::not_found)
        st.proceed();
      else
        st.on_failure(err);
    });
}

void send_create(deployment_state& st) {
  create_container request;
  request.spec = make_container(st);
  st.ask<container_created>(st.svc.containers, std::move(request),
                            [&st](const container_created& created) {
                              st.container_id = created.id;
                              for (const auto& warning : created.warnings)
                                st.tell(warning);
                              st.proceed();
                            });
}

} // namespace

void create(deployment_state& st) {
  if (st.attempt == 0) {
    st.instance_id = make_instance_id();
    st.on_undo("container " + st.container_name + " was not removed",
               undo_create);
    send_create(st);
    return;
  }
  // A former attempt may have succeeded without our hearing of it.
  inspect_container request;
  request.id = st.container_name;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st](const container_info& info) {
      if (label_of(info, label::instance_id) != st.instance_id) {
        send_create(st); // tells whose the name is
        return;
      }
      st.container_id = info.id;
      st.proceed();
    },
    [&st](caf::error& err) {
      if (code_of(err) == errc::not_found)
        send_create(st);
      else
        st.on_failure(err);
    });
}

void start(deployment_state& st) {
  start_container request;
  request.id = st.container_id;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

} // namespace steps

} // namespace dw
