#pragma once

#include "messages/deployment.hpp"

#include <utility>

namespace dw {

/// The report on work that has ended without a container of its own.
inline deploy_report make_report(const submit_work& work, deploy_phase phase,
                                 deploy_outcome outcome, caf::error reason) {
  deploy_report result;
  result.deploy_id = work.deploy_id;
  result.project = work.spec.project;
  result.stage = work.spec.stage;
  result.action = work.action;
  result.tag = work.spec.tag;
  result.phase = phase;
  result.outcome = outcome;
  result.error = std::move(reason);
  return result;
}

} // namespace dw
