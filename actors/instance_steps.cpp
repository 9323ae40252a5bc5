#include "actors/deploy_steps.hpp"
#include "actors/http_probe.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>

namespace dw::steps {

using namespace std::chrono_literals;

// -- creating and starting ----------------------------------------------------

namespace {

// Not by tag alone: it may have moved since it was pulled. Where there is a
// digest too, the engine ignores the tag, but shows it to people.
std::string reference_of(const deployment_state& st) {
  const auto& spec = st.spec;
  auto reference = parse_image_reference(spec.image);
  const auto& known = st.image.repo_digests;
  if (!reference
      || std::find(known.begin(), known.end(),
                   reference->name + "@" + spec.digest)
           == known.end())
    return st.image.id;
  return reference->name + ":" + spec.tag + "@" + spec.digest;
}

} // namespace

container_spec make_container(const deployment_state& st) {
  const auto& spec = st.spec;
  container_spec result;
  result.name = st.container_name;
  result.image = reference_of(st);
  result.command = spec.command;
  result.env = spec.env;
  auto tell_instance = [&](const char* name, const std::string& value) {
    result.env.push_back(
      {instance_env_prefix + std::string{name}, secret{value}});
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

void proceed_if_gone(deployment_state& st, const caf::error& err) {
  if (code_of(err) == errc::not_found)
    st.proceed();
  else
    st.on_failure(err);
}

namespace {

// -- undoing a creation -------------------------------------------------------

void remove_by_force(deployment_state& st) {
  remove_container request;
  request.id = st.container_id;
  request.force = true;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

void remove_created(deployment_state& st) {
  if (!st.may_be_routed) {
    remove_by_force(st);
    return;
  }
  // Visitors are still being answered by it, and for a moment the proxy may
  // even send more.
  st.after(proxy_settle_time, [&st] {
    stop_container request;
    request.id = st.container_id;
    request.grace = st.spec.stop_timeout;
    st.ask_or<done>(
      st.svc.containers, request, [&st](const done&) { remove_by_force(st); },
      [&st](caf::error& err) { proceed_if_gone(st, err); });
  });
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
  inspect_container request;
  request.id = st.container_name;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st](const container_info& info) {
      if (label_of(info.labels, label::instance_id) != st.instance_id) {
        st.proceed();
        return;
      }
      st.container_id = info.id;
      remove_created(st);
    },
    [&st](caf::error& err) { proceed_if_gone(st, err); });
}

void refuse_name(deployment_state& st, const container_info& holder,
                 const caf::error& conflict) {
  if (label_of(holder.labels, label::project) == st.spec.project
      && label_of(holder.labels, label::stage) == st.spec.stage) {
    st.on_failure(conflict);
    return;
  }
  st.fail(make_failure(
    errc::conflict,
    {.operation = "take the container name",
     .object = st.container_name,
     .reply = "a container that is not of this stage has it ("
              + holder.id.substr(0, 12) + ")",
     .hint = "Rename or remove that container, or deploy another tag."}));
}

// The name is taken: perhaps by a former attempt, which succeeded without our
// hearing of it.
void find_created(deployment_state& st, const caf::error& conflict) {
  inspect_container request;
  request.id = st.container_name;
  st.ask_or<container_info>(
    st.svc.containers, request,
    [&st, conflict](const container_info& info) {
      if (label_of(info.labels, label::instance_id) != st.instance_id) {
        refuse_name(st, info, conflict);
        return;
      }
      st.container_id = info.id;
      st.proceed();
    },
    [&st, conflict](caf::error& err) {
      // The engine is about to give the name away, or back.
      if (code_of(err) == errc::not_found)
        st.on_failure(make_failure(errc::busy, failure_of(conflict)));
      else
        st.on_failure(err);
    });
}

// Somebody has removed the image since it was pulled. By its digest the same
// one is got again, once.
void get_image_again(deployment_state& st) {
  st.has_lost_image = true;
  pull_from_registry(st, wanted_image(st.spec),
                     [](deployment_state& x, const image_info& image) {
                       x.image = image;
                       create(x);
                     });
}

bool can_get_image_again(const deployment_state& st) {
  return !st.has_lost_image && !st.spec.digest.empty()
         && st.spec.pull != pull_policy::never;
}

} // namespace

// May be repeated, for the engine gives a name to one container only.
void create(deployment_state& st) {
  if (st.instance_id.empty())
    st.instance_id = make_instance_id();
  st.on_undo("container " + st.container_name + " was not removed",
             undo_create);
  create_container request;
  request.spec = make_container(st);
  st.ask_or<container_created>(
    st.svc.containers, std::move(request),
    [&st](const container_created& created) {
      st.container_id = created.id;
      for (const auto& warning : created.warnings)
        st.tell(warning);
      st.proceed();
    },
    [&st](caf::error& err) {
      if (code_of(err) == errc::conflict)
        find_created(st, err);
      else if (code_of(err) == errc::not_found && can_get_image_again(st))
        get_image_again(st);
      else
        st.on_failure(err);
    });
}

// -- starting and stopping ----------------------------------------------------

void keep_last_words_of(deployment_state& st, const std::string& id) {
  read_logs request;
  request.id = id;
  request.tail = 20;
  using lines = std::vector<log_line>;
  st.ask_or<lines>(
    st.svc.containers, request,
    [&st](const lines& xs) {
      std::string tail;
      for (const auto& x : xs)
        tail += (tail.empty() ? "" : "\n") + x.text;
      st.error = with_failure(st.error, [&](failure& x) {
        x.log_tail = std::move(tail);
      });
      st.proceed();
    },
    [&st](caf::error&) { st.proceed(); });
}

namespace {

// Before anything is undone, for that may remove the container.
void keep_last_words(deployment_state& st) {
  if (code_of(st.error) == errc::cancelled)
    st.proceed();
  else
    keep_last_words_of(st, st.container_id);
}

} // namespace

void start(deployment_state& st) {
  st.on_undo({}, keep_last_words);
  if (is_swarm_id(st.container_id)) {
    start_service(st);
    return;
  }
  start_container request;
  request.id = st.container_id;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

namespace {

void stop_then(deployment_state& st, void (*then)(deployment_state&)) {
  if (is_swarm_id(st.container_id)) {
    stop_service(
      st, st.container_id, [&st, then] { then(st); },
      [&st](const caf::error& err) { st.on_failure(err); });
    return;
  }
  stop_container request;
  request.id = st.container_id;
  request.grace = st.spec.stop_timeout;
  st.ask<done>(st.svc.containers, request,
               [&st, then](const done&) { then(st); });
}

void stop_again(deployment_state& st) {
  stop_then(st, [](deployment_state& x) { x.proceed(); });
}

} // namespace

void stop(deployment_state& st) {
  stop_then(st, [](deployment_state& x) {
    // It is not started again, whoever cancels now.
    x.undo.clear();
    x.proceed();
  });
}

void start_again(deployment_state& st) {
  if (!is_running(*st.before.current)) {
    repair_route_on_undo(st);
    st.on_undo(describe(*st.before.current) + " was not stopped again",
               stop_again);
  }
  if (st.spec.restart_policy != "always" || is_swarm_id(st.container_id)) {
    start(st);
    return;
  }
  // It may have lost its policy when it was kept for a rollback.
  set_restart_policy request;
  request.id = st.container_id;
  request.policy = st.spec.restart_policy;
  st.ask<done>(st.svc.containers, request, [&st](const done&) { start(st); });
}

void restart(deployment_state& st) {
  // Its former port is gone, so there is no way back.
  repair_route_on_undo(st);
  st.on_undo({}, keep_last_words);
  st.binding = caf::none;
  if (is_swarm_id(st.container_id)) {
    // Between its end and its start the work may be broken off.
    st.on_undo("service " + st.container_name + " was not started again",
               start_service);
    stop_service(
      st, st.container_id, [&st] { start_service(st); },
      [&st](const caf::error& err) { st.on_failure(err); });
    return;
  }
  restart_container request;
  request.id = st.container_id;
  request.grace = st.spec.stop_timeout;
  st.ask<done>(st.svc.containers, request,
               [&st](const done&) { st.proceed(); });
}

} // namespace dw::steps
