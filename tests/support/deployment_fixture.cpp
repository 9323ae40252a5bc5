#include "tests/support/deployment_fixture.hpp"

namespace dw::test {

using namespace std::chrono_literals;

deployment_fixture::deployment_fixture() : world{*this} {
  client = keep(sys.spawn(
    [this](deploy_client_actor::pointer) -> deploy_client_actor::behavior_type {
      return {
        [this](const deploy_event& x) { events.push_back(x); },
        [this](const deploy_report& x) {
          BOOST_CHECK_MESSAGE(!report, "a second report");
          report = x;
        },
      };
    }));
  run();
}

deploy_spec deployment_fixture::make_spec(const std::string& tag) {
  deploy_spec spec;
  spec.project = "shop";
  spec.stage = "prod";
  spec.image = "registry.test/shop";
  spec.tag = tag;
  spec.health.path = "/health";
  spec.domains = {"shop.test"};
  spec.verify_url = "http://127.0.0.1";
  spec.drain = 30s;
  spec.soak = 0s;
  return spec;
}

std::string deployment_fixture::publish(const std::string& tag, fake_app app) {
  return world.engine().publish("registry.test/shop:" + tag, std::move(app));
}

fake_container& deployment_fixture::container(int number) {
  auto* result = world.engine().find(number);
  if (!result)
    BOOST_FAIL("container " << number << " is gone");
  return *result;
}

deployment_actor deployment_fixture::begin(submit_work work) {
  events.clear();
  report.reset();
  auto result
    = keep(sys.spawn(deployment, world.handles(), client, std::string{"d1"},
                     std::move(work), retry_policy{}, 1u));
  run();
  return result;
}

const deploy_report& deployment_fixture::finish() {
  for (auto waited = 0s; !report && waited < 6h; waited += 1s)
    advance(1s);
  if (!report)
    BOOST_FAIL("no report");
  return *report;
}

const deploy_report& deployment_fixture::run_work(submit_work work) {
  begin(std::move(work));
  return finish();
}

const deploy_report&
deployment_fixture::run_action(stage_action action, const std::string& tag) {
  return run_work({action, make_spec(tag), {}, false});
}

void deployment_fixture::deploy(const std::string& tag) {
  const auto& result = run_action(stage_action::deploy, tag);
  BOOST_REQUIRE_MESSAGE(result.outcome == deploy_outcome::deployed,
                        render(result.error));
  BOOST_REQUIRE(result.leftovers.empty());
  first_call_ = world.calls().size();
  events.clear();
  report.reset();
}

int deployment_fixture::serving(const std::string& domain) {
  const auto* host = world.proxy().find(domain);
  if (!host)
    return 0;
  const auto* x = world.engine().find_at(host->target.host, host->target.port);
  return x ? x->number : 0;
}

std::vector<std::string> deployment_fixture::calls() const {
  auto first = static_cast<std::ptrdiff_t>(first_call_);
  return {world.calls().begin() + first, world.calls().end()};
}

std::vector<std::string> deployment_fixture::phases() const {
  std::vector<std::string> result;
  for (const auto& x : events)
    if (auto name = to_string(x.phase); result.empty() || result.back() != name)
      result.push_back(std::move(name));
  return result;
}

caf::error make_error(errc code, std::string reply) {
  return make_failure(code, {.operation = "do it to",
                             .object = "the object",
                             .peer = "Docker Engine",
                             .reply = std::move(reply)});
}

} // namespace dw::test
