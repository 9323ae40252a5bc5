#include "actors/push_policy.hpp"

#include "actors/semver.hpp"
#include "actors/stage_record.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <algorithm>
#include <fnmatch.h>

namespace dw {

namespace {

// What a piece of work brings. A rollback chooses its tag while it runs.
deployed_version version_of(const unfinished_work& x) {
  const auto& spec = x.work.spec;
  if (x.work.action == stage_action::rollback)
    return {x.tag.empty() ? x.work.rollback_to : x.tag, x.digest};
  return {spec.tag, x.digest.empty() ? spec.digest : x.digest};
}

deployed_version version_of(const work_record& x) {
  const auto& spec = x.work.spec;
  return {x.tag.empty() ? spec.tag : x.tag,
          x.digest.empty() ? spec.digest : x.digest};
}

// The piece of work that decides what serves in the end; null if none does.
const unfinished_work* last_word(const std::vector<unfinished_work>& xs) {
  auto i = std::find_if(xs.rbegin(), xs.rend(), [](const auto& x) {
    return replaces_instance(x.work.action);
  });
  return i == xs.rend() ? nullptr : &*i;
}

// Without digests, what has begun may have pulled what the tag pointed to
// before.
bool brings(const unfinished_work& work, const pushed_image& image) {
  auto coming = version_of(work);
  if (coming.tag != image.tag)
    return false;
  if (!image.digest.empty())
    return coming.digest == image.digest;
  return coming.digest.empty() && work.phase == deploy_phase::queued;
}

// A version that is newer than `tag` and serves, or will; empty if there is
// none.
std::string newer_than(const std::string& tag, const push_facts& facts) {
  auto version = parse_version_tag(tag);
  auto is_newer = [&version](const std::string& other) {
    auto x = parse_version_tag(other);
    return x && version && *x > *version;
  };
  for (const auto& x : facts.unfinished)
    if (replaces_instance(x.work.action) && is_newer(version_of(x).tag))
      return version_of(x).tag;
  if (facts.current && is_newer(facts.current->tag))
    return facts.current->tag;
  return {};
}

} // namespace

bool takes_tag(const auto_deploy& rule, const std::string& tag) {
  if (!rule.tags.empty())
    return ::fnmatch(rule.tags.c_str(), tag.c_str(), 0) == 0;
  if (rule.semver.empty())
    return false;
  std::string ignored;
  auto range = semver_range::parse(rule.semver, ignored);
  auto version = parse_version_tag(tag);
  return range && version && range->contains(*version);
}

deployed_version version_of(const container_summary& x) {
  auto record = apply_record({}, label_of(x.labels, label::record));
  return {label_of(x.labels, label::tag),
          record ? record->digest : std::string{}};
}

std::string why_not_deploy(const auto_deploy& rule, const pushed_image& image,
                           const push_facts& facts) {
  if (!rule.semver.empty())
    if (auto newer = newer_than(image.tag, facts); !newer.empty())
      return newer + " is newer";
  if (const auto* work = last_word(facts.unfinished))
    return brings(*work, image) ? "it is being deployed" : "";
  auto is_there
    = facts.current && !image.digest.empty()
      && *facts.current == deployed_version{image.tag, image.digest};
  return is_there ? "it is there already" : "";
}

std::string why_not_follow(const tag_seen& seen, const push_facts& facts) {
  if (!facts.unfinished.empty())
    return "there is work under way";
  if (facts.current && facts.current->tag != seen.tag)
    return facts.current->tag + " was deployed instead";
  if (facts.current && facts.current->digest == seen.digest)
    return "it is there already";
  for (const auto& x : facts.history) {
    auto version = version_of(x);
    if (x.work.action != stage_action::deploy || version.tag != seen.tag)
      continue;
    // What failed for a reason that may be gone gets another chance.
    auto may_be_repeated
      = x.report && x.report->error && is_transient(x.report->error);
    if (version.digest == seen.digest && !may_be_repeated)
      return "it was deployed already";
    break;
  }
  return {};
}

} // namespace dw
