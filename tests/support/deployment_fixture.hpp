#pragma once

#include "actors/deployment.hpp"
#include "tests/support/scripted_services.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dw::test {

/// A stage "shop/prod" on a scripted engine and proxy, and what its deployments
/// tell.
struct deployment_fixture : actor_fixture {
  deployment_fixture();

  /// A spec with all that makes a deploy do everything: a domain, a request
  /// through the proxy, an HTTP probe and a drain.
  deploy_spec make_spec(const std::string& tag);

  /// Puts an image into the registry.
  std::string publish(const std::string& tag, fake_app app = {});

  /// A container that must be there.
  fake_container& container(int number);

  /// Spawns a deployment, and runs it until it has to wait for time to pass.
  deployment_actor begin(submit_work work);

  /// Lets time pass until the deployment has reported, at most six hours.
  const deploy_report& finish();

  const deploy_report& run_work(submit_work work);

  const deploy_report& run_action(stage_action action, const std::string& tag);

  /// Deploys, which must succeed without leftovers, and forgets the calls and
  /// events so far.
  void deploy(const std::string& tag);

  /// The number of the container that answers for a domain, 0 if none does.
  int serving(const std::string& domain = "shop.test");

  /// The calls since the last `deploy`.
  std::vector<std::string> calls() const;

  /// The phases that were told since then, each once, in order.
  std::vector<std::string> phases() const;

  scripted_services world;
  deploy_client_actor client;
  std::vector<deploy_event> events;
  std::optional<deploy_report> report;

private:
  size_t first_call_ = 0;
};

/// An error as a service might answer with.
caf::error make_error(errc code, std::string reply = "engine says no");

} // namespace dw::test
