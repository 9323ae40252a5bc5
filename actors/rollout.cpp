#include "actors/rollout.hpp"

#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <algorithm>
#include <utility>

namespace dw {

namespace {

using self_pointer = rollout_actor::stateful_pointer<rollout_state>;
using member_state = rollout_member::member_state;

void begin_next(self_pointer self);
void undo_next(self_pointer self);

std::string stage_name(const rollout_state& st) {
  return st.work.spec.project + "/" + st.work.spec.stage;
}

// -- telling ------------------------------------------------------------------

std::chrono::milliseconds elapsed(self_pointer self) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
    self->clock().now() - self->state.began);
}

void tell(self_pointer self, deploy_event event) {
  auto& st = self->state;
  event.deploy_id = st.work.deploy_id;
  event.project = st.work.spec.project;
  event.stage = st.work.spec.stage;
  event.sequence = ++st.sequence;
  event.elapsed = elapsed(self);
  st.phase = event.phase;
  self->send(st.client, std::move(event));
}

void tell_of_node(self_pointer self, const std::string& node,
                  std::string text) {
  deploy_event event;
  event.phase = self->state.phase;
  event.node = node;
  event.text = std::move(text);
  tell(self, std::move(event));
}

void end(self_pointer self, deploy_report report) {
  auto& st = self->state;
  st.has_ended = true;
  deploy_event event;
  event.phase = deploy_phase::finished;
  event.text = to_string(report.outcome);
  tell(self, event);
  report.elapsed = elapsed(self);
  for (auto& x : st.leftovers)
    report.leftovers.push_back(std::move(x));
  self->send(st.client, std::move(report));
  // What monitors lies with what is monitored, even when it has ended.
  self->demonitor(st.client.address());
  self->quit();
}

// Nothing has been begun anywhere.
void refuse(self_pointer self, const caf::error& err) {
  auto& st = self->state;
  if (st.has_ended)
    return;
  st.members.clear();
  auto report = conclude(st.work, st.members, false);
  report.outcome
    = st.is_cancelled ? deploy_outcome::cancelled : deploy_outcome::failed;
  report.phase = deploy_phase::queued;
  report.error = err;
  end(self, std::move(report));
}

// -- the way forward ----------------------------------------------------------

rollout_member* find_member(rollout_state& st, const std::string& node) {
  auto i = std::find_if(st.members.begin(), st.members.end(),
                        [&](const auto& x) { return x.node == node; });
  return i == st.members.end() ? nullptr : &*i;
}

void finish_members(self_pointer self) {
  auto& st = self->state;
  st.is_undoing = true;
  st.to_undo = members_to_undo(st.members, st.work, st.is_cancelled);
  std::reverse(st.to_undo.begin(), st.to_undo.end());
  undo_next(self);
}

void on_member_end(self_pointer self, size_t i, deploy_report report) {
  auto& x = self->state.members[i];
  x.state = member_state::ended;
  x.report = std::move(report);
  auto text = to_string(x.report.outcome);
  if (x.report.error)
    text += ": " + first_line(x.report.error);
  tell_of_node(self, x.node, text);
  begin_next(self);
}

// The node was never reached, or did not take the work.
void on_member_refused(self_pointer self, size_t i, const caf::error& err) {
  deploy_report report;
  report.outcome = deploy_outcome::failed;
  report.phase = deploy_phase::queued;
  report.error = err;
  on_member_end(self, i, std::move(report));
}

void begin_member(self_pointer self, size_t i) {
  auto& st = self->state;
  auto& x = st.members[i];
  x.state = member_state::running;
  const auto& node = st.nodes.at(x.node);
  auto part = part_of(st.work, x.node, node.publish_on, node.forward_host);
  part.spec.digest = common_digest(st.members, st.work);
  self
    ->request(node.link, caf::infinite, std::move(part),
              deploy_listener_actor{self})
    .then([self, i](deploy_report& y) { on_member_end(self, i, std::move(y)); },
          [self, i](const caf::error& y) { on_member_refused(self, i, y); });
}

void begin_next(self_pointer self) {
  auto& st = self->state;
  for (auto i : next_members(st.members, st.work, !st.is_cancelled))
    begin_member(self, i);
  auto is_open = [](const auto& x) {
    return x.state == member_state::running || x.state == member_state::passed;
  };
  if (std::none_of(st.members.begin(), st.members.end(), is_open))
    finish_members(self);
}

void on_event(self_pointer self, deploy_event event) {
  auto* x = find_member(self->state, event.node);
  if (x == nullptr || self->state.has_ended)
    return;
  // How it ended comes with its report.
  if (event.phase == deploy_phase::finished)
    return;
  auto& st = self->state;
  auto has_passed = replaces_instance(st.work.action)
                    && (event.phase == deploy_phase::draining
                        || event.phase == deploy_phase::retiring);
  // The first one is waited for: its report says what the tag stands for.
  auto is_first
    = std::none_of(st.members.begin(), st.members.end(), [](const auto& y) {
        return y.state == member_state::ended;
      });
  if (has_passed && !st.is_undoing && !is_first
      && x->state == member_state::running) {
    x->state = member_state::passed;
    begin_next(self);
  }
  if (st.is_undoing)
    event.phase = deploy_phase::undoing;
  tell(self, std::move(event));
}

// -- the way back -------------------------------------------------------------

void on_undone(self_pointer self, size_t i, const deploy_report& report) {
  auto& st = self->state;
  auto& x = st.members[i];
  if (report.outcome == deploy_outcome::deployed) {
    tell_of_node(self, x.node, "has again what it had");
    x.was_undone = true;
  } else {
    st.leftovers.push_back(
      "node " + x.node + " keeps the new version: " + first_line(report.error));
  }
  undo_next(self);
}

void undo_next(self_pointer self) {
  auto& st = self->state;
  if (st.to_undo.empty()) {
    end(self, conclude(st.work, st.members, st.is_cancelled));
    return;
  }
  auto i = st.to_undo.back();
  st.to_undo.pop_back();
  auto& x = st.members[i];
  st.phase = deploy_phase::undoing;
  tell_of_node(self, x.node,
               x.had_instance ? "goes back to what it had"
                              : "had none, and gives it up");
  const auto& node = st.nodes.at(x.node);
  auto part = part_of(st.work, x.node, node.publish_on, node.forward_host);
  self
    ->request(node.link, caf::infinite, undo_of(part, st.work.deploy_id, x),
              deploy_listener_actor{self})
    .then([self, i](const deploy_report& y) { on_undone(self, i, y); },
          [self, i](const caf::error& err) {
            deploy_report failed;
            failed.error = err;
            on_undone(self, i, failed);
          });
}

void on_cancel(self_pointer self) {
  auto& st = self->state;
  if (std::exchange(st.is_cancelled, true) || st.has_ended || st.is_undoing)
    return;
  for (const auto& x : st.members)
    if (x.state == member_state::running) {
      cancel_work request;
      request.deploy_id = part_id(st.work.deploy_id, "deploy", x.node);
      self->request(st.nodes.at(x.node).link, caf::infinite, request)
        .then([](const done&) {},
              [](const caf::error&) {
                // nop: it ends like all work
              });
    }
}

// -- looking around -----------------------------------------------------------

caf::error
refusal(const rollout_state& st, std::string reply, std::string hint) {
  return make_failure(errc::invalid_argument,
                      {.operation = to_string(st.work.action),
                       .object = stage_name(st),
                       .reply = std::move(reply),
                       .hint = std::move(hint)});
}

void on_seen(self_pointer self) {
  auto& st = self->state;
  if (--st.unseen > 0 || st.has_ended)
    return;
  if (st.is_cancelled)
    refuse(self, make_failure(errc::cancelled,
                              {.operation = to_string(st.work.action),
                               .object = stage_name(st),
                               .reply = "cancelled before it began"}));
  else
    begin_next(self);
}

void look_for_instance(self_pointer self, size_t i) {
  auto& st = self->state;
  list_containers request;
  request.labels = {{label::project, st.work.spec.project},
                    {label::stage, st.work.spec.stage}};
  request.services = st.work.spec.target == deploy_target::swarm;
  self->request(st.nodes.at(st.members[i].node).link, caf::infinite, request)
    .then(
      [self, i](const std::vector<container_summary>& xs) {
        if (self->state.has_ended)
          return;
        self->state.members[i].had_instance = !xs.empty();
        on_seen(self);
      },
      [self](const caf::error& err) { refuse(self, err); });
}

void on_status(self_pointer self, size_t i, const node_status& x) {
  auto& st = self->state;
  if (st.has_ended)
    return;
  // NPM forwards a domain to one address.
  if (!st.work.spec.domains.empty() && st.members.size() > 1 && !x.has_proxy
      && replaces_instance(st.work.action))
    refuse(self,
           refusal(st,
                   "it has domains and is for "
                     + std::to_string(st.members.size()) + " nodes, but node "
                     + x.name + " has no proxy of its own",
                   "A proxy forwards a domain to one container: configure a "
                   "proxy on each node, or set replicas of the stage to 1."));
  else
    look_for_instance(self, i);
}

// Nothing is begun anywhere unless all nodes are there. Other work than a
// rolling one gets as far as it can: what a node does not do is told.
void look_around(self_pointer self) {
  auto& st = self->state;
  for (const auto& node : chosen_nodes(st.work.spec)) {
    if (!st.nodes.contains(node)) {
      refuse(self, refusal(st, "there is no node " + node,
                           "Name it in the configuration's nodes."));
      return;
    }
    st.members.push_back({node, {}, {}, {}, {}});
  }
  st.unseen = st.members.size();
  if (!is_rolling(st.work.action)) {
    begin_next(self);
    return;
  }
  for (size_t i = 0; i < st.members.size(); ++i)
    self
      ->request(st.nodes.at(st.members[i].node).link, caf::infinite, ask_node{})
      .then([self, i](const node_status& x) { on_status(self, i, x); },
            [self](const caf::error& err) { refuse(self, err); });
}

} // namespace

rollout_actor::behavior_type
rollout(self_pointer self, std::map<std::string, node_service> nodes,
        deploy_listener_actor client, submit_work work) {
  harden(self);
  auto& st = self->state;
  st.nodes = std::move(nodes);
  st.client = std::move(client);
  st.work = std::move(work);
  st.began = self->clock().now();
  // Nodes go on without us, and whoever takes the rollout up again learns what
  // they have done.
  self->monitor(st.client);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  look_around(self);
  return {
    [self](const cancel&) { on_cancel(self); },
    [self](deploy_event& x) { on_event(self, std::move(x)); },
    [](const deploy_report&) {
      // nop: it comes as an answer
    },
  };
}

} // namespace dw
