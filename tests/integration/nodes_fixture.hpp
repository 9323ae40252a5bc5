#pragma once

#include "tests/support/certificates.hpp"
#include "tests/support/engine_state.hpp"
#include "tests/support/node_program.hpp"
#include "tests/support/npm_standin_process.hpp"
#include "tests/support/watcher.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace dw::test {

/// A node on each machine of the environment, "web1" and so on, and what their
/// controllers need. All cases share one.
struct node_site {
  /// Returns when all nodes listen.
  node_site();

  /// What a controller shows to nodes, and whom it trusts.
  tls_files controller_tls() const;

  /// Controllers and nodes have an authority each, and trust the other's.
  certificates of_controllers;
  certificates of_nodes;
  npm_standin_process proxy;
  std::deque<node_program> nodes;
  /// One of each node, for all that a controller does.
  std::vector<std::string> tokens;
};

/// That which all cases share. A global fixture of Boost.Test.
class shared_site {
public:
  shared_site();
  ~shared_site();

  static node_site& get();

private:
  static std::unique_ptr<node_site> instance;
};

/// A controller with a stage of the demo shop for all nodes, in a project of
/// its own. With this object the stage goes, the nodes run again, and no packet
/// gets lost.
class stage_on_nodes {
public:
  stage_on_nodes();
  ~stage_on_nodes();

  stage_on_nodes(const stage_on_nodes&) = delete;
  stage_on_nodes& operator=(const stage_on_nodes&) = delete;

  /// "PROJECT/prod"
  std::string name() const {
    return project + "/prod";
  }

  /// "dw-PROJECT-prod-TAG"
  std::string container(const std::string& tag) const {
    return "dw-" + project + "-prod-" + tag;
  }

  stage_settings& settings() {
    return controller.settings.stages.front();
  }

  /// Sets a line of the stage's configuration, instead of one that begins with
  /// `key`.
  void set_line(const std::string& key, const std::string& line);

  /// Lets new containers take that long to get healthy.
  void get_healthy_after(const std::string& milliseconds);

  /// Gives the stage a domain, and the controller the site's proxy.
  void add_domain(const std::string& domain);

  /// The words of a deploy with --json.
  watcher::arguments deploy_words(const std::string& tag) const;

  /// Deploys a tag.
  child_end deploy(const std::string& tag) const;

  /// Deploys a tag, the first node's alone and then the others' at the same
  /// time; it must succeed.
  void must_deploy(const std::string& tag);

  /// Starts a deploy. @returns when a node is at that phase.
  child_process deploy_until(const std::string& tag, const std::string& node,
                             const std::string& phase) const;

  /// The tags that run on each node: {"v1", "", "v1 v2"}.
  std::vector<std::string> running() const;

  /// The same as the controller sees it, of its `status`.
  std::vector<std::string> running_by_status() const;

  node_site& site = shared_site::get();
  std::string project;
  watcher controller;

private:
  watcher_settings make_settings() const;
};

// -- what a deploy has told ---------------------------------------------------

/// Where the first event of a node is in a program's output; at a phase, unless
/// that is empty.
/// @returns a number of a line, beyond all of them if there is none.
size_t find_event(const std::string& output, const std::string& node,
                  const std::string& phase = {});

/// How it ended on each node that was begun with, in that order: "web1
/// deployed", "web2 failed", "web1 deployed undone".
std::vector<std::string> results(const std::string& output);

} // namespace dw::test
