#include "actors/node_orders.hpp"

#include "actors/validate_spec.hpp"
#include "messages/error.hpp"
#include "messages/types.hpp"
#include "transports/hex.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace dw {

namespace {

using problem_list = std::vector<std::string>;

constexpr size_t max_entries = 1'000;
constexpr size_t max_stages = 1'000;
constexpr size_t max_name = 200;
constexpr size_t id_digits = 12;
constexpr size_t container_id_digits = 64;

bool is_id(const std::string& text, size_t digits) {
  return text.size() == digits && is_hex(text);
}

// Values of an enumeration that this release does not have.
void check_choices(const deploy_spec& x, problem_list& problems) {
  if (x.pull > last_pull_policy || x.drift > last_drift_policy
      || x.forward > last_forward_mode || x.target > last_deploy_target
      || x.publish > last_publish_mode)
    problems.emplace_back("it has a setting that this release does not know");
}

void check_sizes(const deploy_spec& x, problem_list& problems) {
  auto most
    = std::max({x.command.size(), x.env.size(), x.labels.size(),
                x.volumes.size(), x.domains.size(), x.health.command.size()});
  if (most > max_entries)
    problems.push_back("it has a list of more than "
                       + std::to_string(max_entries) + " entries");
}

void check_spec(const deploy_spec& x, bool needs_image,
                problem_list& problems) {
  check_choices(x, problems);
  check_sizes(x, problems);
  auto more = validate_spec(x, needs_image);
  problems.insert(problems.end(), more.begin(), more.end());
}

} // namespace

caf::error check_order(const submit_work& x) {
  problem_list problems;
  auto is_known = x.action <= last_public_action;
  if (!is_known)
    problems.emplace_back("there is no such action");
  if (!is_id(x.deploy_id, id_digits))
    problems.emplace_back("its id is not 12 hex digits");
  if (!x.rollback_to.empty() && !is_image_tag(x.rollback_to))
    problems.emplace_back("what to go back to is not an image tag");
  if (!x.not_serving.empty() && !is_id(x.not_serving, container_id_digits))
    problems.emplace_back("what does not serve is not a container's id");
  if (x.asked_by.size() > max_name)
    problems.emplace_back("who asks has too long a name");
  check_spec(x.spec, x.action == stage_action::deploy, problems);
  return refuse_spec(is_known ? to_string(x.action) : "do", x.spec, problems);
}

caf::error check_order(const look_after& x) {
  constexpr auto operation = "look after";
  auto refuse = [](std::string reply) {
    return make_failure(errc::invalid_argument, {.operation = operation,
                                                 .object = "stages",
                                                 .reply = std::move(reply)});
  };
  if (x.stages.size() > max_stages)
    return refuse("they are more than " + std::to_string(max_stages));
  if (x.interval < std::chrono::seconds{1} || x.interval > longest_time)
    return refuse("the interval is not between a second and a week");
  for (const auto& spec : x.stages) {
    problem_list problems;
    check_spec(spec, false, problems);
    if (auto err = refuse_spec(operation, spec, problems))
      return err;
  }
  return caf::none;
}

} // namespace dw
