#pragma once

#include "messages/export.hpp"

#include <caf/error.hpp>
#include <caf/meta/type_name.hpp>

#include <string>

namespace DW_EXPORT dw {

/// An image that was pushed to a registry.
struct pushed_image {
  /// The registry's host as in `image_reference::registry`.
  std::string registry;
  /// "library/nginx", "team/app".
  std::string repository;
  std::string tag;
  /// "sha256:.."; empty where the sender does not tell.
  std::string digest;
  /// What the sender calls this push, so that its repetition is known; may be
  /// empty.
  std::string id;

  friend bool operator==(const pushed_image&, const pushed_image&) = default;
};

/// Tells that a stage's tag points to this image now.
struct tag_seen {
  std::string project;
  std::string stage;
  std::string tag;
  /// "sha256:.."
  std::string digest;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tag_seen& x) {
  return f(caf::meta::type_name("dw.tag_seen"), x.project, x.stage, x.tag,
           x.digest);
}

/// What becomes of a new image at a stage.
struct push_verdict {
  std::string project;
  std::string stage;
  std::string tag;
  /// Of the deploy that was accepted; empty if there is none.
  std::string deploy_id;
  /// Why the stage does not want it; empty if it does.
  std::string reason;
  /// Why it could not be deployed although the stage wants it.
  caf::error error;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, push_verdict& x) {
  return f(caf::meta::type_name("dw.push_verdict"), x.project, x.stage, x.tag,
           x.deploy_id, x.reason, x.error);
}

} // namespace dw
