#include "actors/deploy_supervisor.hpp"

#include "actors/harden.hpp"
#include "actors/validate_spec.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw {

namespace {

using self_pointer
  = deploy_supervisor_impl::stateful_pointer<deploy_supervisor_state>;
using stage_key = deploy_supervisor_state::stage_key;
using job = deploy_supervisor_state::job;

stage_key key_of(const deploy_spec& spec) {
  return {spec.project, spec.stage};
}

void tell(self_pointer self, const deploy_event& event) {
  for (const auto& x : self->state.listeners)
    self->send(x, event);
}

// -- running ------------------------------------------------------------------

// Runs the first job of a stage, or lets it wait for room.
void run_first(self_pointer self, const stage_key& key) {
  auto& st = self->state;
  if (st.running == st.policy.max_running) {
    st.waiting.push_back(key);
    return;
  }
  ++st.running;
  auto& x = st.stages.at(key).front();
  x.worker = self->spawn<caf::monitored>(deployment, st.svc,
                                         deploy_client_actor{self}, x.deploy_id,
                                         x.work, st.policy.retries, st.seeds());
}

void keep_report(deploy_supervisor_state& st, const deploy_report& report) {
  st.reports.push_front(report);
  if (st.reports.size() > st.policy.max_reports)
    st.reports.pop_back();
}

void finish_first(self_pointer self, const stage_key& key,
                  deploy_report report) {
  auto& st = self->state;
  auto i = st.stages.find(key);
  if (i == st.stages.end() || i->second.front().deploy_id != report.deploy_id)
    return;
  auto& jobs = i->second;
  keep_report(st, report);
  jobs.front().owed.settle(std::move(report));
  jobs.pop_front();
  --st.running;
  if (jobs.empty())
    st.stages.erase(i);
  else
    st.waiting.push_back(key);
  if (st.waiting.empty())
    return;
  auto next = std::move(st.waiting.front());
  st.waiting.pop_front();
  run_first(self, next);
}

deploy_report
make_report(const job& x, deploy_outcome outcome, caf::error reason) {
  deploy_report report;
  report.deploy_id = x.deploy_id;
  report.project = x.work.spec.project;
  report.stage = x.work.spec.stage;
  report.tag = x.work.spec.tag;
  report.phase = x.latest.phase;
  report.outcome = outcome;
  report.error = std::move(reason);
  return report;
}

// A deployment that dies without a report has met a bug. What it left is
// removed by the next deploy of the stage.
void on_worker_down(self_pointer self, const caf::down_msg& msg) {
  if (!msg.reason)
    return; // it has reported
  for (auto& [key, jobs] : self->state.stages) {
    auto& x = jobs.front();
    if (!x.worker || x.worker.address() != msg.source)
      continue;
    auto reason = make_failure(
      errc::internal,
      {.operation = to_string(x.work.action),
       .object = key.first + "/" + key.second,
       .reply = "the deployment ended unexpectedly: " + render(msg.reason),
       .hint = "Nothing was undone. Deploy again: that removes what is left."});
    // `key` dies with the stage.
    finish_first(self, stage_key{key},
                 make_report(x, deploy_outcome::failed, std::move(reason)));
    return;
  }
}

// -- accepting and cancelling -------------------------------------------------

caf::error check(const services& svc, const submit_work& work) {
  auto needs_image = work.action == stage_action::deploy;
  auto problems = validate_spec(work.spec, needs_image);
  if (!work.spec.domains.empty() && !svc.proxy)
    problems.push_back("domains are given, but no proxy is configured");
  if (problems.empty())
    return caf::none;
  std::string list;
  for (const auto& x : problems)
    list += (list.empty() ? "" : "\n") + x;
  return make_failure(errc::invalid_argument,
                      {.operation = to_string(work.action),
                       .object = work.spec.project + "/" + work.spec.stage,
                       .reply = std::move(list)});
}

caf::result<deploy_report> accept(self_pointer self, submit_work& work) {
  auto& st = self->state;
  if (auto err = check(st.svc, work))
    return err;
  auto promise = self->make_response_promise<deploy_report>();
  auto key = key_of(work.spec);
  auto& jobs = st.stages[key];
  auto id = make_instance_id();
  deploy_event event;
  event.deploy_id = id;
  event.project = key.first;
  event.stage = key.second;
  if (!jobs.empty())
    event.text = "behind " + std::to_string(jobs.size()) + " other(s)";
  jobs.push_back({id, std::move(work), obligation{promise}, {}, event});
  tell(self, event);
  if (jobs.size() == 1)
    run_first(self, key);
  return promise;
}

// A job that waits has done nothing yet.
void cancel_waiting(self_pointer self, const stage_key& key, job& x) {
  auto reason
    = make_failure(errc::cancelled, {.operation = to_string(x.work.action),
                                     .object = key.first + "/" + key.second,
                                     .reply = "cancelled while it waited"});
  auto report = make_report(x, deploy_outcome::cancelled, std::move(reason));
  ++x.latest.sequence;
  x.latest.phase = deploy_phase::finished;
  x.latest.text = to_string(deploy_outcome::cancelled);
  tell(self, x.latest);
  keep_report(self->state, report);
  x.owed.settle(std::move(report));
}

void cancel_stage(self_pointer self, const stage_key& key,
                  std::deque<job>& jobs) {
  auto first_waiting = jobs.begin();
  // What runs undoes itself, and reports then.
  if (first_waiting->worker) {
    self->send(first_waiting->worker, cancel{});
    ++first_waiting;
  }
  for (auto i = first_waiting; i != jobs.end(); ++i)
    cancel_waiting(self, key, *i);
  jobs.erase(first_waiting, jobs.end());
}

void cancel_matching(self_pointer self, const cancel_work& x) {
  auto& st = self->state;
  for (auto i = st.stages.begin(); i != st.stages.end();) {
    const auto& key = i->first;
    if ((x.project.empty() || x.project == key.first)
        && (x.stage.empty() || x.stage == key.second))
      cancel_stage(self, key, i->second);
    if (i->second.empty()) {
      std::erase(st.waiting, key);
      i = st.stages.erase(i);
    } else {
      ++i;
    }
  }
}

void on_event(self_pointer self, const deploy_event& event) {
  auto i = self->state.stages.find({event.project, event.stage});
  if (i != self->state.stages.end())
    i->second.front().latest = event;
  tell(self, event);
}

} // namespace

deploy_supervisor_impl::behavior_type
deploy_supervisor(self_pointer self, services svc, supervisor_policy policy) {
  harden(self);
  self->state.svc = std::move(svc);
  self->state.policy = policy;
  self->set_down_handler([self](const caf::down_msg& msg) {
    std::erase_if(self->state.listeners,
                  [&](const auto& x) { return x.address() == msg.source; });
    on_worker_down(self, msg);
  });
  return {
    [self](submit_work& x) { return accept(self, x); },
    [self](const cancel_work& x) {
      cancel_matching(self, x);
      return done{};
    },
    [self](const list_reports& x) {
      std::vector<deploy_report> result;
      for (const auto& y : self->state.reports)
        if ((x.project.empty() || x.project == y.project)
            && (x.stage.empty() || x.stage == y.stage))
          result.push_back(y);
      return result;
    },
    [self](const list_work&) {
      std::vector<deploy_event> result;
      for (const auto& [key, jobs] : self->state.stages)
        for (const auto& x : jobs)
          result.push_back(x.latest);
      return result;
    },
    [self](const deploy_listener_actor& listener) {
      self->monitor(listener);
      self->state.listeners.push_back(listener);
      return done{};
    },
    // -- from deployments -----------------------------------------------------
    [self](const deploy_event& event) { on_event(self, event); },
    [self](const deploy_report& report) {
      finish_first(self, {report.project, report.stage}, report);
    },
  };
}

} // namespace dw
