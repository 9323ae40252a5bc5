#include "actors/recovery.hpp"

#include "actors/deployment.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <utility>

namespace dw {

namespace {

// There is a new container, which nobody has verified.
bool has_left_one(const unfinished_work& x) {
  return replaces_instance(x.work.action) && !x.container_id.empty()
         && (!x.was_committed || x.phase == deploy_phase::undoing);
}

bool may_be_routed(const unfinished_work& x) {
  return !x.work.spec.domains.empty()
         && (x.phase == deploy_phase::routing
             || x.phase == deploy_phase::verifying
             || x.phase == deploy_phase::soaking
             || x.phase == deploy_phase::undoing);
}

submit_work make_step(const unfinished_work& x, stage_action action) {
  submit_work result;
  result.action = action;
  result.spec = x.work.spec;
  result.deploy_id = make_instance_id();
  result.asked_by = "recovery of " + x.work.deploy_id;
  return result;
}

// A step after which what the work has made is nowhere to be seen.
submit_work make_step_without(const unfinished_work& x, stage_action action) {
  auto result = make_step(x, action);
  result.not_serving = x.container_id;
  return result;
}

deploy_report make_verdict(const unfinished_work& x, const caf::error& reason) {
  deploy_report result;
  result.deploy_id = x.work.deploy_id;
  result.project = x.work.spec.project;
  result.stage = x.work.spec.stage;
  result.action = x.work.action;
  result.outcome = deploy_outcome::failed;
  result.phase = x.phase;
  result.tag = x.tag;
  result.digest = x.digest;
  result.error = with_failure(reason, [&](failure& context) {
    context.operation = to_string(x.work.action);
    context.object = x.work.spec.project + "/" + x.work.spec.stage;
  });
  return result;
}

submit_work taken_up(const unfinished_work& x) {
  auto result = x.work;
  // It has succeeded: what it replaced is all that is left to do.
  if (x.was_committed && replaces_instance(x.work.action))
    result.action = stage_action::retire;
  // The latest kept instance may be another one by now.
  else if (x.work.action == stage_action::rollback
           && x.phase != deploy_phase::queued)
    result.rollback_to = x.tag;
  return result;
}

} // namespace

recovery plan_recovery(const unfinished_work& x) {
  recovery result;
  if (x.is_damaged) {
    result.what = "is damaged in the journal, and cannot be taken up";
    result.verdict = make_verdict(
      x, with_failure(x.problem, [](failure& y) {
        y.hint = "Deploy the stage again: that removes what was left.";
      }));
    return result;
  }
  if (has_left_one(x)) {
    // The route goes back to what served before, if there was something.
    if (may_be_routed(x))
      result.work.push_back(make_step_without(x, stage_action::start));
    result.work.push_back(make_step_without(x, stage_action::remove));
  }
  if (x.phase == deploy_phase::undoing) {
    // A container that was there before may have another port now, or none.
    if (!replaces_instance(x.work.action) && !x.work.spec.domains.empty())
      result.work.push_back(make_step(x, stage_action::repair));
    result.what = "was being undone, which is finished";
    result.verdict
      = make_verdict(x, make_failure(errc::service_restarted,
                                     {.reply = "docker-watcher ended while it "
                                               "was being undone",
                                      .hint = "It is undone now."}));
  } else if (x.problem && x.work.action == stage_action::deploy
             && !x.was_committed) {
    result.what = "cannot be taken up";
    result.verdict = make_verdict(x, x.problem);
  } else {
    result.what = "was interrupted while " + to_string(x.phase)
                  + ", and is taken up again";
    result.work.push_back(taken_up(x));
  }
  return result;
}

} // namespace dw
