#include "main/api/work_log.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "actors/log_context.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

namespace dw::api {

namespace {

using self_pointer = deploy_listener_actor::stateful_pointer<work_log_state>;

void log_event(self_pointer self, const deploy_event& x) {
  auto [i, is_new] = self->state.phases.try_emplace(x.deploy_id, x.phase);
  auto goes_on = !is_new && i->second == x.phase;
  i->second = x.phase;
  // A pull tells many times a second how far it is.
  if (goes_on && x.text.empty())
    return;
  log_context about{x.deploy_id, x.project, x.stage};
  auto level = x.retrying ? spdlog::level::warn : spdlog::level::info;
  spdlog::log(level, "{}{}{}", to_string(x.phase), x.text.empty() ? "" : ": ",
              x.text);
}

void log_report(self_pointer self, const deploy_report& x) {
  self->state.phases.erase(x.deploy_id);
  log_context about{x.deploy_id, x.project, x.stage};
  auto seconds = static_cast<double>(x.elapsed.count()) / 1000;
  if (x.error)
    spdlog::error("{} in {} after {:.1f} s: {}", to_string(x.outcome),
                  to_string(x.phase), seconds, render(x.error));
  else
    spdlog::info("{} after {:.1f} s: {} {}", to_string(x.outcome), seconds,
                 x.tag, x.container_name);
  for (const auto& y : x.leftovers)
    spdlog::warn("left over: {}", y);
}

} // namespace

deploy_listener_actor::behavior_type
work_log(self_pointer self, const deploy_supervisor_actor& supervisor) {
  harden(self);
  follow_work(self, supervisor);
  return {
    [self](const deploy_event& x) { log_event(self, x); },
    [self](const deploy_report& x) { log_report(self, x); },
  };
}

} // namespace dw::api
