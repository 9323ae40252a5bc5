#include "actors/deploy_supervisor.hpp"

#include "actors/harden.hpp"
#include "actors/log_context.hpp"
#include "actors/recovery.hpp"
#include "actors/rollout.hpp"
#include "actors/same_work.hpp"
#include "actors/validate_spec.hpp"
#include "actors/work_report.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw {

namespace {

using self_pointer
  = deploy_supervisor_impl::stateful_pointer<deploy_supervisor_state>;
using job = deploy_supervisor_state::job;

// @param news An event or a report.
template <class T>
void tell(self_pointer self, const T& news) {
  for (const auto& x : self->state.listeners)
    self->send(x, news);
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
  if (x.work.spec.place.nodes.empty())
    x.worker
      = self->spawn<caf::monitored>(deployment, st.svc,
                                    deploy_client_actor{self}, x.deploy_id,
                                    x.work, st.policy.retries, st.seeds());
  else
    x.worker = self->spawn<caf::monitored>(rollout, st.svc.nodes,
                                           deploy_client_actor{self}, x.work);
}

// Keeps a report, and tells it.
void publish(self_pointer self, const deploy_report& report) {
  auto& st = self->state;
  st.reports.push_front(report);
  if (st.reports.size() > st.policy.max_reports)
    st.reports.pop_back();
  tell(self, report);
}

void finish_first(self_pointer self, const stage_key& key,
                  deploy_report report) {
  auto& st = self->state;
  auto i = st.stages.find(key);
  if (i == st.stages.end() || i->second.front().deploy_id != report.deploy_id)
    return;
  auto& jobs = i->second;
  publish(self, report);
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

// -- recording ----------------------------------------------------------------

// Calls `then(const deploy_report&)` when the journal has the report. What it
// cannot have is told all the same: it has happened.
template <class F>
void record_end(self_pointer self, const deploy_report& report, F then) {
  auto& st = self->state;
  if (!st.svc.journal || !is_recorded(report.action)) {
    then(report);
    return;
  }
  self->request(st.svc.journal, caf::infinite, work_finished{report})
    .then([report, then](const done&) { then(report); },
          [report, then](const caf::error& err) {
            log_context about{report.deploy_id, report.project, report.stage};
            spdlog::error(render(err));
            auto result = report;
            result.leftovers.push_back("the journal takes it for unfinished: "
                                       + first_line(err));
            then(result);
          });
}

// The first job of a stage has come to its end.
void conclude(self_pointer self, const stage_key& key,
              const deploy_report& report) {
  auto i = self->state.stages.find(key);
  if (i == self->state.stages.end()
      || i->second.front().deploy_id != report.deploy_id
      || i->second.front().has_ended)
    return;
  i->second.front().has_ended = true;
  record_end(self, report, [self, key](const deploy_report& x) {
    finish_first(self, key, x);
  });
}

// A deployment that dies without a report has met a bug. What it left is
// removed by the next deploy of the stage.
void on_worker_down(self_pointer self, const caf::down_msg& msg) {
  if (!msg.reason)
    return; // it has reported
  for (auto& [key, jobs] : self->state.stages) {
    auto& x = jobs.front();
    if (!x.worker || x.worker.address() != msg.source || x.has_ended)
      continue;
    auto reason = make_failure(
      errc::internal,
      {.operation = to_string(x.work.action),
       .object = key.first + "/" + key.second,
       .reply = "the deployment ended unexpectedly: " + render(msg.reason),
       .hint = "Nothing was undone. Deploy again: that removes what is left."});
    // `key` dies with the stage.
    conclude(self, stage_key{key},
             make_report(x.work, x.latest.phase, deploy_outcome::failed,
                         std::move(reason)));
    return;
  }
}

// -- accepting and cancelling -------------------------------------------------

// Work that runs or waits on one stage: nobody waits for the end of more.
constexpr size_t max_open = 100;

caf::error
check_queue(const deploy_supervisor_state& st, const submit_work& work) {
  auto key = key_of(work.spec);
  auto i = st.stages.find(key);
  auto open = i == st.stages.end() ? size_t{0} : i->second.size();
  for (const auto& [id, x] : st.unrecorded)
    open += key_of(x.work.spec) == key ? 1 : 0;
  if (open < max_open)
    return caf::none;
  return make_failure(
    errc::busy,
    {.operation = to_string(work.action),
     .object = key.first + "/" + key.second,
     .reply = std::to_string(open) + " pieces of work wait on this stage",
     .hint = "Ask again when some of them have ended."});
}

caf::error check(const services& svc, const submit_work& work) {
  auto needs_image = work.action == stage_action::deploy;
  auto problems = validate_spec(work.spec, needs_image);
  // A node may have a proxy of its own.
  if (!work.spec.domains.empty() && !svc.proxy && work.spec.place.nodes.empty())
    problems.push_back("domains are given, but no proxy is configured");
  return refuse_spec(to_string(work.action), work.spec, problems);
}

void enqueue(self_pointer self, job x) {
  auto& st = self->state;
  auto key = key_of(x.work.spec);
  auto& jobs = st.stages[key];
  x.latest.deploy_id = x.deploy_id;
  x.latest.project = key.first;
  x.latest.stage = key.second;
  if (!jobs.empty())
    x.latest.text = "behind " + std::to_string(jobs.size()) + " other(s)";
  jobs.push_back(std::move(x));
  tell(self, jobs.back().latest);
  if (jobs.size() == 1)
    run_first(self, key);
}

// Queues work when the journal has it.
void admit(self_pointer self, submit_work work,
           obligation<deploy_report> owed) {
  auto& st = self->state;
  auto id = work.deploy_id;
  job admitted{id, std::move(work), std::move(owed), {}, {}};
  if (!st.svc.journal || !is_recorded(admitted.work.action)) {
    enqueue(self, std::move(admitted));
    return;
  }
  work_accepted entry{admitted.work};
  st.unrecorded.emplace(id, std::move(admitted));
  self->request(st.svc.journal, caf::infinite, std::move(entry))
    .then(
      [self, id](const done&) {
        if (auto node = self->state.unrecorded.extract(id))
          enqueue(self, std::move(node.mapped()));
      },
      [self, id](caf::error& err) {
        if (auto node = self->state.unrecorded.extract(id))
          node.mapped().owed.settle(std::move(err));
      });
}

bool is_known(const deploy_supervisor_state& st, const std::string& id) {
  auto has_it = [&](const job& x) { return x.deploy_id == id; };
  return st.unrecorded.contains(id)
         || std::any_of(st.stages.begin(), st.stages.end(), [&](const auto& x) {
              return std::any_of(x.second.begin(), x.second.end(), has_it);
            });
}

caf::result<deploy_report> accept(self_pointer self, submit_work& work) {
  auto& st = self->state;
  if (auto err = check(st.svc, work))
    return err;
  if (work.deploy_id.empty())
    work.deploy_id = make_instance_id();
  else if (is_known(st, work.deploy_id))
    return id_is_taken(work);
  if (auto err = check_queue(st, work))
    return err;
  auto promise = self->make_response_promise<deploy_report>();
  admit(self, std::move(work), obligation{promise});
  return promise;
}

// What an earlier process has left unfinished.
void take_up(self_pointer self, const unfinished_work& x) {
  auto plan = plan_recovery(x);
  log_context about{x.work.deploy_id, x.work.spec.project, x.work.spec.stage};
  spdlog::info(plan.what);
  for (auto& work : plan.work)
    admit(self, std::move(work), {});
  if (plan.verdict)
    record_end(self, *plan.verdict,
               [self](const deploy_report& report) { publish(self, report); });
}

caf::result<uint32_t> resume(self_pointer self) {
  const auto& st = self->state;
  if (!st.svc.journal)
    return uint32_t{0};
  auto promise = self->make_response_promise<uint32_t>();
  self->request(st.svc.journal, caf::infinite, list_unfinished{})
    .then(
      [self, promise](const std::vector<unfinished_work>& xs) mutable {
        for (const auto& x : xs)
          take_up(self, x);
        promise.deliver(static_cast<uint32_t>(xs.size()));
      },
      [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
  return promise;
}

// A job that waits has done nothing yet.
void cancel_waiting(self_pointer self, const stage_key& key, job& x) {
  auto reason
    = make_failure(errc::cancelled, {.operation = to_string(x.work.action),
                                     .object = key.first + "/" + key.second,
                                     .reply = "cancelled while it waited"});
  auto report = make_report(x.work, x.latest.phase, deploy_outcome::cancelled,
                            std::move(reason));
  ++x.latest.sequence;
  x.latest.phase = deploy_phase::finished;
  x.latest.text = to_string(deploy_outcome::cancelled);
  tell(self, x.latest);
  self->state.ending.emplace(x.deploy_id, std::move(x.owed));
  record_end(self, report, [self](const deploy_report& recorded) {
    publish(self, recorded);
    if (auto node = self->state.ending.extract(recorded.deploy_id))
      node.mapped().settle(recorded);
  });
}

template <class Predicate>
void cancel_stage(self_pointer self, const stage_key& key,
                  std::deque<job>& jobs, Predicate is_meant) {
  for (auto i = jobs.begin(); i != jobs.end();) {
    if (!is_meant(*i)) {
      ++i;
    } else if (i->worker) {
      // What runs undoes itself, and reports then.
      self->send(i->worker, cancel{});
      ++i;
    } else {
      cancel_waiting(self, key, *i);
      i = jobs.erase(i);
    }
  }
}

void cancel_matching(self_pointer self, const cancel_work& x) {
  auto& st = self->state;
  auto is_meant = [&](const job& y) {
    const auto& spec = y.work.spec;
    return (x.project.empty() || x.project == spec.project)
           && (x.stage.empty() || x.stage == spec.stage)
           && (x.deploy_id.empty() || x.deploy_id == y.deploy_id);
  };
  for (auto i = st.unrecorded.begin(); i != st.unrecorded.end();) {
    if (is_meant(i->second)) {
      cancel_waiting(self, key_of(i->second.work.spec), i->second);
      i = st.unrecorded.erase(i);
    } else {
      ++i;
    }
  }
  for (auto i = st.stages.begin(); i != st.stages.end();) {
    cancel_stage(self, i->first, i->second, is_meant);
    if (i->second.empty()) {
      std::erase(st.waiting, i->first);
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
    [self](const resume_work&) { return resume(self); },
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
      conclude(self, {report.project, report.stage}, report);
    },
  };
}

} // namespace dw
