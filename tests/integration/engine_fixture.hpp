#pragma once

#include "actors/service_factory.hpp"
#include "tests/support/live_actors.hpp"
#include "tests/support/npm_standin/json.hpp"

#include <set>
#include <string>

namespace dw::test {

/// Whether the engine is the environment's own, so that a test may kill it.
bool is_own_engine();

/// A precondition of cases that do something to the engine; says when there is
/// none.
boost::test_tools::assertion_result
  needs_own_engine(boost::unit_test::test_unit_id);

/// Kills, starts, freezes or thaws the engine.
/// @param what As tests/support/env takes it.
void change_engine(const std::string& what);

/// Freezes the engine for as long as this lives.
class frozen_engine {
public:
  frozen_engine();
  ~frozen_engine();

  frozen_engine(const frozen_engine&) = delete;
  frozen_engine& operator=(const frozen_engine&) = delete;
};

/// The settings of services for the environment's engine, with the login of the
/// environment's registry.
service_settings engine_settings_of_environment();

/// The services of a real engine, each case with its own. All that a case
/// creates carries a project label of this run, and is gone afterwards.
class engine_fixture : public live_actors {
public:
  engine_fixture();
  ~engine_fixture();

  // -- images -----------------------------------------------------------------

  /// "shop:v1" as a reference to the environment's registry.
  std::string image(const std::string& name_and_tag) const;

  /// Makes sure that the engine has the image. @returns its reference.
  std::string pulled(const std::string& name_and_tag);

  /// Makes sure that the engine does not have it. @returns its reference.
  std::string forgotten(const std::string& name_and_tag);

  // -- containers -------------------------------------------------------------

  /// A name of this run.
  std::string name(const std::string& suffix) const;

  /// A container of the shop's image, which has a shell, in this run's project.
  container_spec
  spec(const std::string& suffix, std::vector<std::string> command = {});

  /// The same that runs a shell script.
  container_spec script(const std::string& suffix, const std::string& text);

  /// @returns the id.
  std::string create(const container_spec& what);

  /// Creates and starts it. @returns the id.
  std::string run(const container_spec& what);

  container_info inspect(const std::string& id);

  /// What the engine itself says of a container.
  npm_standin::json raw(const std::string& id);

  // -- networks and volumes
  // ---------------------------------------------------------------

  /// A name of this run; a network that gets it is removed in the end.
  std::string network_name(const std::string& suffix);

  /// A name of this run; a volume that gets it is removed in the end.
  std::string volume_name(const std::string& suffix);

  std::vector<network_info> networks_named(const std::string& name);

  // -- what the services were made of -----------------------------------------

  const std::string project;
  service_set set;
  const services& to;

private:
  http_response ask_engine(http_request request);
  void clean_up();

  std::set<std::string> networks_;
  std::set<std::string> volumes_;
};

} // namespace dw::test
