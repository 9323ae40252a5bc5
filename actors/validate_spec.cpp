#include "actors/validate_spec.hpp"

#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/image_reference.hpp"
#include "transports/npm_api.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <set>

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

void check_verify_url(const deploy_spec& spec, problem_list& problems) {
  const auto& url = spec.verify_url;
  if (!url.empty() && !url.starts_with("http://")
      && !url.starts_with("https://"))
    problems.push_back("verify_url " + url + " is not an http or https URL");
}

} // namespace

std::vector<std::string> validate_spec(const deploy_spec& spec,
                                       bool needs_image) {
  constexpr std::array restart_policies{"no", "always", "unless-stopped",
                                        "on-failure"};
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
  check_verify_url(spec, problems);
  if (!is_ip_address(spec.publish_on))
    problems.push_back("publish_on \"" + spec.publish_on
                       + "\" is not an IP address");
  if (std::find(restart_policies.begin(), restart_policies.end(),
                spec.restart_policy)
      == restart_policies.end())
    problems.push_back("restart policy \"" + spec.restart_policy
                       + "\" is none of no, always, unless-stopped, "
                         "on-failure");
  for (const auto& [name, value] : spec.labels)
    if (name.starts_with("docker-watcher."))
      problems.push_back("label " + name + " is reserved");
  return problems;
}

} // namespace dw
