#pragma once

#include "messages/container.hpp"
#include "messages/journal.hpp"
#include "messages/push.hpp"

#include <caf/optional.hpp>

#include <chrono>
#include <string>
#include <vector>

// Which new images a stage takes without being told to. Pure.

namespace dw {

/// What a stage deploys by itself.
struct auto_deploy {
  /// A pattern of tags as fnmatch(3) has it; empty for none.
  std::string tags;
  /// A range of versions as `semver_range` has it; empty for none. Beside
  /// `tags`, which is empty then.
  std::string semver;
  /// How often the registry is asked what the stage's tag points to; 0 for
  /// never.
  std::chrono::milliseconds poll{0};

  friend bool operator==(const auto_deploy&, const auto_deploy&) = default;
};

/// Whether a stage wants pushes of this tag at all.
bool takes_tag(const auto_deploy& rule, const std::string& tag);

/// What is, or will be, deployed at a stage.
struct deployed_version {
  std::string tag;
  /// Empty if it is not known.
  std::string digest;

  friend bool operator==(const deployed_version&, const deployed_version&)
    = default;
};

/// What a container of ours was made of.
deployed_version version_of(const container_summary& x);

/// What is known of a stage when an image is new.
struct push_facts {
  /// What serves, or served last; none if nothing does.
  caf::optional<deployed_version> current;
  /// What was accepted and has not finished, in that order.
  std::vector<unfinished_work> unfinished;
  /// The latest work, newest first.
  std::vector<work_record> history;
};

/// Why a stage whose rule takes the tag does not deploy a pushed image; empty
/// if it does. A stage with a range of versions only goes up; and what is
/// there, or comes next anyway, is not deployed again.
std::string why_not_deploy(const auto_deploy& rule, const pushed_image& image,
                           const push_facts& facts);

/// Why a stage does not deploy what its tag points to now; empty if it does. It
/// does not if another tag was chosen for it, or if that image was deployed
/// already and is not what serves: it failed, or somebody went back from it.
std::string why_not_follow(const tag_seen& seen, const push_facts& facts);

} // namespace dw
