#pragma once

#include "tests/support/engine_state.hpp"
#include "tests/support/npm_session.hpp"
#include "tests/support/watcher.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dw::test {

/// Settings for the environment's engine, registry and proxy, without a stage.
watcher_settings environment_settings();

/// A stage of the demo shop with a project, a network and a proxy of its own,
/// so that a test can break the proxy and count what is left. Everything goes
/// with this object.
class shop_stage {
public:
  explicit shop_stage(npm_standin_options options = {});
  ~shop_stage();

  shop_stage(const shop_stage&) = delete;
  shop_stage& operator=(const shop_stage&) = delete;

  /// "PROJECT/prod"
  std::string name() const {
    return project + "/prod";
  }

  /// "dw-PROJECT-prod-TAG"
  std::string container(const std::string& tag) const {
    return "dw-" + project + "-prod-" + tag;
  }

  stage_settings& settings() {
    return program.settings.stages.front();
  }

  /// Sets a line of the stage's configuration, instead of one that begins with
  /// `key`.
  void set_line(const std::string& key, const std::string& line);

  /// Lets new containers take that long to get healthy.
  void get_healthy_after(const std::string& milliseconds);

  /// Deploys a tag.
  child_end
  deploy(const std::string& tag, const watcher::arguments& more = {}) const;

  /// Deploys a tag; it must succeed.
  void must_deploy(const std::string& tag) const;

  /// What visitors get: "v1", or what else the proxy answers.
  std::string served() const;

  /// Why the stage is not as if only `tag` had ever been deployed: one
  /// container, one proxy host that leads to it, and visitors get there. Empty
  /// if it is.
  std::string whats_wrong_with_only(const std::string& tag) const;

  /// The proxy's hosts.
  std::vector<npm_standin::json> hosts() const;

  npm_standin_process proxy;
  npm_session admin;
  std::string project;
  std::string network;
  std::string domain;
  watcher program;

private:
  watcher_settings make_settings() const;
};

} // namespace dw::test
