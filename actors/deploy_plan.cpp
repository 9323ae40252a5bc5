#include "actors/deploy_plan.hpp"

#include "actors/http_probe.hpp"
#include "actors/route_plan.hpp"
#include "actors/stage_record.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/docker_api.hpp"

#include <algorithm>
#include <set>

namespace dw {

namespace {

using changes = std::vector<planned_change>;

std::string arrow(const std::string& member, const std::string& before,
                  const std::string& after) {
  auto shown = [](const std::string& x) { return x.empty() ? "(none)" : x; };
  return member + ": " + shown(before) + " -> " + shown(after);
}

std::string join(const std::vector<std::string>& xs) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : ", ") + x;
  return result;
}

// Collects members that differ.
class comparison {
public:
  void add(const std::string& member, const std::string& before,
           const std::string& after) {
    if (before != after)
      found.push_back(arrow(member, before, after));
  }

  void add(const std::string& member, int64_t before, int64_t after) {
    add(member, std::to_string(before), std::to_string(after));
  }

  void add(const std::string& member, const std::vector<std::string>& before,
           const std::vector<std::string>& after) {
    add(member, join(before), join(after));
  }

  std::vector<std::string> found;
};

// Which variables differ, by name.
void compare_env(const std::vector<env_entry>& before,
                 const std::vector<env_entry>& after, comparison& out) {
  std::map<std::string, secret> old;
  for (const auto& x : before)
    old[x.name] = x.value;
  for (const auto& x : after) {
    auto i = old.find(x.name);
    if (i == old.end())
      out.found.push_back("env " + x.name + ": added");
    else if (!(i->second == x.value))
      out.found.push_back("env " + x.name + ": changed");
  }
}

std::vector<std::string>
compare(const deploy_spec& before, const deploy_spec& after,
        const std::vector<env_entry>& env) {
  comparison out;
  out.add("image", before.image, after.image);
  out.add("tag", before.tag, after.tag);
  if (!after.digest.empty())
    out.add("digest", before.digest, after.digest);
  // A port of 0 is found out from the image when it is there.
  if (after.port != 0)
    out.add("port", before.port, after.port);
  out.add("command", before.command, after.command);
  out.add("volumes", before.volumes, after.volumes);
  out.add("resources.memory", static_cast<int64_t>(before.resources.memory),
          static_cast<int64_t>(after.resources.memory));
  out.add("resources.nano_cpus", before.resources.nano_cpus,
          after.resources.nano_cpus);
  out.add("resources.pids", before.resources.pids, after.resources.pids);
  out.add("restart", before.restart_policy, after.restart_policy);
  out.add("health.path", before.health.path, after.health.path);
  out.add("health.command", before.health.command, after.health.command);
  compare_env(env, after.env, out);
  return out.found;
}

// The digest of the image that the engine has, under the wanted name.
std::string local_digest(const deploy_spec& spec, const plan_input& input) {
  return input.local_image ? docker::digest_of(*input.local_image, spec.image)
                           : std::string{};
}

// The digest that will run; empty if it is not known before the pull.
std::string wanted_digest(const deploy_spec& spec, const plan_input& input) {
  if (!spec.digest.empty())
    return spec.digest;
  return asks_registry(spec, input) ? input.registry_digest
                                    : local_digest(spec, input);
}

void plan_image(const deploy_spec& spec, const plan_input& input,
                changes& out) {
  auto wanted = wanted_digest(spec, input);
  auto local = local_digest(spec, input);
  auto is_there = input.local_image && !wanted.empty() && wanted == local;
  if (spec.pull == pull_policy::never || is_there
      || (input.local_image && !asks_registry(spec, input)))
    return;
  planned_change change{"pull", "image " + wanted_image(spec), {}};
  if (!input.registry_reply.empty())
    change.differences.push_back("the registry says: " + input.registry_reply);
  else if (spec.digest.empty())
    change.differences.push_back(arrow("digest", local, wanted));
  out.push_back(std::move(change));
}

// How what serves differs from what is to serve.
std::vector<std::string>
differences(const deploy_spec& spec, const plan_input& input) {
  const auto& current = input.state.current;
  if (!current || !input.current)
    return {};
  auto before = apply_record(spec, label_of(current->labels, label::record));
  if (!before)
    return {};
  auto after = spec;
  after.digest = wanted_digest(spec, input);
  return compare(*before, after, input.current->env);
}

void plan_unfinished(const plan_input& input, changes& out) {
  for (const auto& x : input.state.unfinished)
    out.push_back(
      {"remove", describe(x), {"left over by an interrupted deploy"}});
}

void plan_retiring(std::vector<container_summary> old, uint32_t keep,
                   changes& out) {
  auto retiring = plan_retirement(std::move(old), {}, keep);
  for (const auto& x : retiring.stop)
    out.push_back({"stop", describe(x), {"kept for a rollback"}});
  for (const auto& x : retiring.remove)
    out.push_back({"remove", describe(x), {}});
}

std::vector<container_summary> all_old(const stage_state& state) {
  auto result = state.retired;
  if (state.current)
    result.insert(result.begin(), *state.current);
  return result;
}

void plan_container(const deploy_spec& spec, const plan_input& input,
                    changes& out) {
  auto name = container_name(spec.project, spec.stage, spec.tag);
  auto has_name = [&](const auto& x) { return x.name == name; };
  auto old = all_old(input.state);
  if (auto i = std::find_if(old.begin(), old.end(), has_name); i != old.end()) {
    auto aside = replaced_name(name, i->instance_id);
    out.push_back(
      {"rename", "container " + name, {arrow("name", name, aside)}});
    i->name = aside;
  }
  out.push_back({"create", "container " + name, differences(spec, input)});
  plan_retiring(std::move(old), spec.keep, out);
}

// A service without a route is updated in place.
void plan_service(const deploy_spec& spec, const plan_input& input,
                  changes& out) {
  auto old = all_old(input.state);
  const auto* service = find_service(input.state);
  if (spec.domains.empty() && service != nullptr) {
    out.push_back({"update", describe(*service), differences(spec, input)});
    std::erase_if(old, [&](const auto& x) { return x.id == service->id; });
    plan_retiring(std::move(old), spec.keep, out);
    return;
  }
  auto name = spec.domains.empty()
                ? "dw-" + spec.project + "-" + spec.stage
                : container_name(spec.project, spec.stage, spec.tag);
  out.push_back({"create", "service " + name, differences(spec, input)});
  plan_retiring(std::move(old), spec.keep, out);
}

void plan_route(const deploy_spec& spec, const plan_input& input,
                changes& out) {
  if (spec.domains.empty())
    return;
  auto target = spec.forward == forward_mode::network
                  ? std::string{"the new container's name and port"}
                  : spec.forward_host + ":(assigned at start)";
  if (input.state.hosts.empty()) {
    out.push_back({"create",
                   "proxy host",
                   {"domains: " + join(spec.domains), "forward: " + target}});
    return;
  }
  for (const auto& host : input.state.hosts) {
    planned_change change{"update",
                          "proxy host " + std::to_string(host.id),
                          {arrow("forward", address_of(host.target), target)}};
    auto wanted = spec.domains;
    std::sort(wanted.begin(), wanted.end());
    if (is_host_of(host, spec)) {
      if (host.domains != wanted)
        change.differences.push_back(
          arrow("domains", join(host.domains), join(wanted)));
    } else {
      change.differences.emplace_back(
        spec.adopt ? "adopted: it was not of this stage"
                   : "refused: it is not of this stage, and adopt is not set");
    }
    out.push_back(std::move(change));
  }
}

} // namespace

bool asks_registry(const deploy_spec& spec, const plan_input& input) {
  return spec.digest.empty()
         && (spec.pull == pull_policy::always
             || (spec.pull == pull_policy::missing && !input.local_image));
}

std::vector<planned_change>
plan_deploy(const deploy_spec& spec, const plan_input& input) {
  changes result;
  plan_image(spec, input, result);
  if (!input.network_exists)
    result.push_back({"create", "network " + spec.network, {}});
  plan_unfinished(input, result);
  if (spec.target == deploy_target::swarm)
    plan_service(spec, input, result);
  else
    plan_container(spec, input, result);
  plan_route(spec, input, result);
  return result;
}

} // namespace dw
