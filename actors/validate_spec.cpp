#include "actors/validate_spec.hpp"

#include "actors/http_probe.hpp"
#include "actors/text_file.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/image_reference.hpp"
#include "transports/npm_api.hpp"

#include <boost/algorithm/string/join.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>

namespace dw {

namespace {

using problem_list = std::vector<std::string>;

bool is_ip_address(const std::string& text) {
  in6_addr buffer;
  return inet_pton(AF_INET, text.c_str(), &buffer) == 1
         || inet_pton(AF_INET6, text.c_str(), &buffer) == 1;
}

void check_image(const deploy_spec& spec, problem_list& problems) {
  if (auto reference = parse_image_reference(spec.image); !reference)
    problems.push_back("image " + spec.image + ": "
                       + failure_of(reference.error()).reply);
  else if (!reference->tag.empty() || !reference->digest.empty())
    problems.push_back("image " + spec.image
                       + " must not have a tag or digest of its own");
  if (!is_image_tag(spec.tag))
    problems.push_back("tag \"" + spec.tag + "\" is not an image tag");
  if (!spec.digest.empty() && !is_image_digest(spec.digest))
    problems.push_back("digest " + spec.digest
                       + " is not sha256: and 64 hex digits");
}

void check_domains(const deploy_spec& spec, problem_list& problems) {
  std::set<std::string> seen;
  for (const auto& domain : spec.domains) {
    auto normalized = npm::normalize_domain(domain);
    if (!normalized)
      problems.push_back(render(normalized.error()));
    else if (!seen.insert(*normalized).second)
      problems.push_back("domain " + domain + " is given twice");
  }
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto* end = text.data() + text.size();
  auto [rest, err] = std::from_chars(text.data(), end, port);
  return err == std::errc{} && rest == end && port > 0 && port < 65'536;
}

// SCHEME://HOST[:PORT], as `proxy_probe` takes it apart.
bool is_site_url(std::string_view url) {
  auto is_http = url.starts_with("http://");
  if (!is_http && !url.starts_with("https://"))
    return false;
  url.remove_prefix(is_http ? 7 : 8);
  url = url.substr(0, url.find('/'));
  auto host = url;
  if (auto colon = url.rfind(':');
      colon != std::string_view::npos
      && url.find(']', colon) == std::string_view::npos) {
    host = url.substr(0, colon);
    if (!is_port(url.substr(colon + 1)))
      return false;
  }
  return !host.empty() && host.find_first_of(" @?#\t\r\n") == host.npos;
}

bool is_request_path(const std::string& path) {
  auto is_allowed = [](char c) { return c > ' ' && c < '\x7f' && c != '#'; };
  return path.starts_with('/')
         && std::all_of(path.begin(), path.end(), is_allowed);
}

void check_traffic(const deploy_spec& spec, problem_list& problems) {
  if (!spec.verify_url.empty() && !is_site_url(spec.verify_url))
    problems.push_back("verify_url " + spec.verify_url
                       + " is not http://HOST[:PORT] or https://HOST[:PORT]");
  if (!spec.health.path.empty() && !is_request_path(spec.health.path))
    problems.push_back("health.path \"" + spec.health.path
                       + "\" is not an encoded path that begins with /");
  if (!is_ip_address(spec.publish_on))
    problems.push_back("publish_on \"" + spec.publish_on
                       + "\" is not an IP address");
  if (spec.network.empty())
    problems.push_back("network is empty");
  if (!spec.domains.empty() && spec.forward == forward_mode::host_port
      && spec.forward_host.empty())
    problems.push_back("forward_host is empty");
}

void check_durations(const deploy_spec& spec, problem_list& problems) {
  if (spec.timeout.count() <= 0)
    problems.push_back("timeout must be longer than 0");
  // Seconds apart: they may be more than milliseconds can count.
  auto [shortest, longest] = std::minmax<std::chrono::milliseconds>(
    {spec.drain, spec.soak, spec.health.interval, spec.health.timeout,
     spec.health.stable});
  if (shortest.count() < 0 || spec.stop_timeout.count() < 0)
    problems.push_back("drain, soak, stop_timeout and the times of health "
                       "must not be negative");
  if (std::max(longest, spec.timeout) > longest_time
      || spec.stop_timeout > longest_time)
    problems.push_back("no time may be longer than a week");
}

void check_container(const deploy_spec& spec, problem_list& problems) {
  constexpr std::array restart_policies{"no", "always", "unless-stopped",
                                        "on-failure"};
  // The engine's own.
  constexpr uint64_t min_memory = 6 * 1024 * 1024;
  if (std::find(restart_policies.begin(), restart_policies.end(),
                spec.restart_policy)
      == restart_policies.end())
    problems.push_back("restart policy \"" + spec.restart_policy
                       + "\" is none of no, always, unless-stopped, "
                         "on-failure");
  for (const auto& [name, value] : spec.labels)
    if (name.starts_with("docker-watcher."))
      problems.push_back("label " + name + " is reserved");
  for (const auto& x : spec.env)
    if (x.name.empty() || x.name.find('=') != std::string::npos)
      problems.push_back("\"" + x.name
                         + "\" cannot name an environment variable");
    else if (x.name.starts_with(instance_env_prefix))
      problems.push_back("environment variable " + x.name + " is reserved");
  if (spec.resources.memory != 0 && spec.resources.memory < min_memory)
    problems.push_back("resources.memory is less than 6 MiB");
  if (spec.resources.nano_cpus < 0 || spec.resources.pids < 0)
    problems.push_back("resources must not be negative");
}

// Whatever else gets into no label, environment or journal unchanged.
void check_texts(const deploy_spec& spec, problem_list& problems) {
  std::vector<std::string_view> texts{spec.network, spec.forward_host,
                                      spec.verify_url};
  for (const auto* xs :
       {&spec.command, &spec.health.command, &spec.volumes, &spec.domains})
    texts.insert(texts.end(), xs->begin(), xs->end());
  for (const auto& [name, value] : spec.labels)
    texts.insert(texts.end(), {name, value});
  for (const auto& x : spec.env)
    texts.insert(texts.end(), {x.name, x.value.reveal()});
  if (!std::all_of(texts.begin(), texts.end(), is_text))
    problems.emplace_back("a text in it has a NUL character or is not UTF-8");
}

void check_swarm(const deploy_spec& spec, problem_list& problems) {
  constexpr uint32_t most_replicas = 1'000;
  if (spec.replicas > most_replicas)
    problems.push_back("replicas is more than 1000");
  if (spec.target != deploy_target::swarm)
    return;
  if (spec.place.nodes.size() > 1)
    problems.push_back("a swarm spreads its tasks by itself: name one manager "
                       "of it as the node");
  if (!spec.health.path.empty())
    problems.push_back("health.path is nothing that a swarm can check: set "
                       "health.command instead");
  if (spec.health.command == std::vector<std::string>{"NONE"})
    problems.push_back("a service of a swarm needs a health check, and "
                       "health.command switches it off");
  if (spec.replicas > 1 && spec.publish == publish_mode::host
      && spec.forward == forward_mode::host_port && !spec.domains.empty())
    problems.push_back("with publish: host a route leads to one replica only: "
                       "set publish: ingress, or proxy.forward: network");
}

} // namespace

std::vector<std::string>
validate_spec(const deploy_spec& spec, bool needs_image) {
  problem_list problems;
  if (!is_stage_name(spec.project))
    problems.push_back("project \"" + spec.project
                       + "\" must be 1 to 24 of a-z, 0-9 and inner hyphens");
  if (!is_stage_name(spec.stage))
    problems.push_back("stage \"" + spec.stage
                       + "\" must be 1 to 24 of a-z, 0-9 and inner hyphens");
  if (needs_image)
    check_image(spec, problems);
  check_domains(spec, problems);
  check_traffic(spec, problems);
  check_durations(spec, problems);
  check_container(spec, problems);
  check_texts(spec, problems);
  check_swarm(spec, problems);
  return problems;
}

caf::error refuse_spec(const std::string& operation, const deploy_spec& spec,
                       const std::vector<std::string>& problems) {
  if (problems.empty())
    return caf::none;
  return make_failure(errc::invalid_argument,
                      {.operation = operation,
                       .object = spec.project + "/" + spec.stage,
                       .reply = boost::join(problems, "\n")});
}

} // namespace dw
