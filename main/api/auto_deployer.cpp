#include "main/api/auto_deployer.hpp"

#include "actors/harden.hpp"
#include "actors/rollout_plan.hpp"
#include "actors/stage_state.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/image_reference.hpp"
#include "transports/obligation.hpp"

#include <caf/send.hpp>

#include <functional>
#include <memory>

namespace dw::api {

using namespace std::chrono_literals;

namespace {

using self_pointer = auto_deployer_actor::stateful_pointer<auto_deployer_state>;
using stage_state_type = auto_deployer_state::stage;
using verdict_handler = std::function<void(push_verdict)>;

// Decisions that may wait; beyond that senders have to come again.
constexpr size_t max_open = 1000;
// Within which the engine tells what a stage consists of.
constexpr auto list_time = 10s;
// Who asks, for the history.
constexpr auto poll_client = "poll";

/// A new image at a stage, on its way to a verdict.
struct candidate {
  /// "PROJECT/STAGE".
  std::string name;
  std::shared_ptr<const auto_deployer_state::stage> stage;
  std::string client;
  pushed_image image;
  /// Says why the stage does not want it after all; empty if it does.
  std::function<std::string(const push_facts&)> why_not;
  push_facts facts;
  verdict_handler settle;
};

using candidate_ptr = std::shared_ptr<candidate>;

push_verdict verdict_on(const stage_state_type& stage, const std::string& tag) {
  push_verdict result;
  result.project = stage.spec.project;
  result.stage = stage.spec.stage;
  result.tag = tag;
  return result;
}

// What is accepted is in the log already, and a poller tells of its failures
// itself: what else it leads to would be told every time.
void log(const candidate& x, const push_verdict& verdict) {
  if (x.client == poll_client || !verdict.deploy_id.empty())
    return;
  if (verdict.error)
    spdlog::error("{} tells of {}, which {} cannot get: {}", x.client,
                  verdict.tag, x.name, render(verdict.error));
  else
    spdlog::info("{} tells of {}, which {} does not get: {}", x.client,
                 verdict.tag, x.name, verdict.reason);
}

void settle(self_pointer self, const candidate& x,
            const std::function<void(push_verdict&)>& fill) {
  auto& st = self->state;
  auto result = verdict_on(*x.stage, x.image.tag);
  fill(result);
  log(x, result);
  x.settle(std::move(result));
  --st.open;
  st.turns.leave(x.name);
}

void fail(self_pointer self, const candidate& x, const caf::error& err) {
  settle(self, x, [&err](push_verdict& out) { out.error = err; });
}

// A request to another actor on the way to a verdict.
template <class T, class Handle, class Request, class Then>
void step(self_pointer self, const candidate_ptr& x, const Handle& whom,
          Request request, Then then) {
  self->request(whom, caf::infinite, std::move(request))
    .then([then](T& answer) { then(answer); },
          [self, x](caf::error& err) { fail(self, *x, err); });
}

// -- the way to a verdict -----------------------------------------------------

submit_request make_request(const candidate& x) {
  submit_request result;
  result.client = x.client;
  if (!x.image.id.empty())
    result.key = x.image.id + "\n" + x.name;
  result.work.action = stage_action::deploy;
  result.work.spec = x.stage->spec;
  result.work.spec.tag = x.image.tag;
  result.work.spec.digest = x.image.digest;
  return result;
}

void decide(self_pointer self, const candidate_ptr& x) {
  if (auto reason = x->why_not(x->facts); !reason.empty()) {
    settle(self, *x, [&](push_verdict& out) { out.reason = reason; });
    return;
  }
  step<std::string>(self, x, self->state.sources.tracker, make_request(*x),
                    [self, x](const std::string& id) {
                      settle(self, *x,
                             [&id](push_verdict& out) { out.deploy_id = id; });
                    });
}

void read_history(self_pointer self, const candidate_ptr& x) {
  const auto& spec = x->stage->spec;
  list_history request;
  request.project = spec.project;
  request.stage = spec.stage;
  step<std::vector<work_record>>(self, x, self->state.sources.journal, request,
                                 [self, x](std::vector<work_record>& records) {
                                   x->facts.history = std::move(records);
                                   decide(self, x);
                                 });
}

// Whoever knows what a stage has; if it is on several nodes, of the first.
using lister_actor = caf::typed_actor<
  caf::replies_to<list_containers>::with<std::vector<container_summary>>>;

lister_actor
lister_of(const auto_deployer_sources& sources, const deploy_spec& spec) {
  auto nodes = chosen_nodes(spec);
  if (nodes.empty())
    return sources.containers;
  auto i = sources.nodes.find(nodes.front());
  return i == sources.nodes.end() ? lister_actor{sources.containers}
                                  : lister_actor{i->second.link};
}

void read_containers(self_pointer self, const candidate_ptr& x) {
  const auto& spec = x->stage->spec;
  list_containers request;
  request.options.timeout = list_time;
  request.labels = {{label::project, spec.project}, {label::stage, spec.stage}};
  request.services = spec.target == deploy_target::swarm;
  step<std::vector<container_summary>>(
    self, x, lister_of(self->state.sources, spec), request,
    [self, x](std::vector<container_summary>& containers) {
      auto state = assess_stage(x->stage->spec, std::move(containers), {});
      if (state.current)
        x->facts.current = version_of(*state.current);
      read_history(self, x);
    });
}

void read_facts(self_pointer self, const candidate_ptr& x) {
  step<std::vector<unfinished_work>>(
    self, x, self->state.sources.journal, list_unfinished{},
    [self, x](std::vector<unfinished_work>& all) {
      const auto& spec = x->stage->spec;
      for (auto& y : all)
        if (y.work.spec.project == spec.project
            && y.work.spec.stage == spec.stage)
          x->facts.unfinished.push_back(std::move(y));
      read_containers(self, x);
    });
}

void take_up(self_pointer self, candidate x) {
  auto& st = self->state;
  auto shared = std::make_shared<candidate>(std::move(x));
  ++st.open;
  st.turns.enter(shared->name, [self, shared] { read_facts(self, shared); });
}

// -- pushes -------------------------------------------------------------------

std::vector<std::string>
takers_of(const auto_deployer_state& st, const pushed_image& image) {
  std::vector<std::string> result;
  for (const auto& [name, stage] : st.stages)
    if (stage->registry == image.registry
        && stage->repository == image.repository
        && takes_tag(stage->rule, image.tag))
      result.push_back(name);
  return result;
}

/// Answers a call when all its verdicts are there. If the actor ends before,
/// the sender hears nothing good, and sends it again.
class push_answer {
public:
  explicit push_answer(const push_call& x) : answer_{x.answer} {
    // nop
  }

  ~push_answer() {
    if (verdicts.size() == expected)
      answer_(std::move(verdicts));
  }

  push_answer(const push_answer&) = delete;
  push_answer& operator=(const push_answer&) = delete;

  size_t expected = 0;
  std::vector<push_verdict> verdicts;

private:
  std::function<void(caf::expected<std::vector<push_verdict>>)> answer_;
};

void on_push(self_pointer self, const push_call& x) {
  auto& st = self->state;
  if (st.open >= max_open) {
    x.answer(make_failure(errc::busy, {.operation = "deploy what was pushed",
                                       .reply = "too many pushes wait"}));
    return;
  }
  auto answer = std::make_shared<push_answer>(x);
  for (const auto& image : x.images)
    for (auto& name : takers_of(st, image)) {
      auto stage = st.stages.at(name);
      ++answer->expected;
      take_up(self, {std::move(name),
                     stage,
                     x.client,
                     image,
                     [stage, image](const push_facts& facts) {
                       return why_not_deploy(stage->rule, image, facts);
                     },
                     {},
                     [answer](push_verdict y) {
                       answer->verdicts.push_back(std::move(y));
                     }});
    }
}

// -- tags that are followed ---------------------------------------------------

caf::result<push_verdict> on_tag(self_pointer self, const tag_seen& x) {
  auto name = x.project + "/" + x.stage;
  auto i = self->state.stages.find(name);
  if (i == self->state.stages.end())
    return make_failure(errc::not_found, {.operation = "follow the tag of",
                                          .object = name,
                                          .reply = "there is no such stage"});
  auto owed = std::make_shared<obligation<push_verdict>>(
    self->make_response_promise<push_verdict>());
  take_up(self,
          {name,
           i->second,
           poll_client,
           pushed_image{{}, {}, x.tag, x.digest, {}},
           [x](const push_facts& facts) { return why_not_follow(x, facts); },
           {},
           [owed](push_verdict y) { owed->settle(std::move(y)); }});
  return caf::delegated<push_verdict>{};
}

// -- the configuration --------------------------------------------------------

std::vector<polled_tag> polled_tags(const auto_deployer_state& st) {
  std::vector<polled_tag> result;
  for (const auto& [name, x] : st.stages)
    if (x->rule.poll > 0s)
      result.push_back({x->spec.project, x->spec.stage, x->spec.image,
                        x->spec.tag, x->rule.poll});
  return result;
}

void stop_polling(auto_deployer_state& st) {
  if (st.poller)
    caf::anon_send_exit(st.poller, caf::exit_reason::user_shutdown);
  st.poller = nullptr;
}

void start_polling(self_pointer self) {
  auto& st = self->state;
  if (auto tags = polled_tags(st); !tags.empty())
    st.poller = self->spawn(digest_poller, std::move(tags), st.sources.images,
                            tag_listener_actor{self}, poll_policy{});
}

void configure(self_pointer self, const configuration& x) {
  auto& st = self->state;
  st.stages.clear();
  for (const auto& spec : x.stages) {
    auto name = spec.project + "/" + spec.stage;
    auto image = parse_image_reference(spec.image);
    auto rule = x.automatic.stages.find(name);
    if (image && rule != x.automatic.stages.end())
      st.stages.emplace(
        name, std::make_shared<const stage_state_type>(stage_state_type{
                spec, rule->second, image->registry, image->repository}));
  }
  stop_polling(st);
  start_polling(self);
}

} // namespace

auto_deployer_state::~auto_deployer_state() {
  stop_polling(*this);
}

auto_deployer_actor::behavior_type
auto_deployer(self_pointer self, auto_deployer_sources sources) {
  harden(self);
  self->state.sources = std::move(sources);
  return {
    [self](const tag_seen& x) { return on_tag(self, x); },
    [self](const push_call& x) { on_push(self, x); },
    [self](const use_configuration& x) { configure(self, *x.config); },
    [self](caf::close_atom) { stop_polling(self->state); },
  };
}

} // namespace dw::api
