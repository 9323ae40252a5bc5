#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// The IMAGE PRUNER: removes from the engine what deploys have pulled and
/// neither the history nor any container needs any more, whenever work has
/// ended. Nothing waits for it, and what it cannot remove stays for the next
/// time.
using image_pruner_actor = deploy_listener_actor;

/// The state of an IMAGE PRUNER.
struct image_pruner_state {
  static inline const char* name = "image-pruner";

  // Not an aggregate: CAF would initialize the first member with the actor.
  image_pruner_state() = default;

  journal_actor journal;
  image_puller_actor images;
  /// Whether it is going through the images, and is to do so again then.
  bool is_busy = false;
  bool is_asked_again = false;
  /// The image whose turn it is.
  deployed_image current;
  /// By what else to look for it.
  std::vector<std::string> references;
  /// What is yet to be removed of it: names, and at last the image by its id.
  std::vector<std::string> removals;
};

/// What to remove, in order, so that an image goes: all of its names but one,
/// and then the image by its id, which the engine refuses if there are others
/// by then. Nothing if it has a name that no deploy gave it, for then it is
/// also somebody else's.
/// @param deployed The same image.
std::vector<std::string>
plan_removal(const image_info& image, const deployed_image& deployed);

/// @param supervisor Tells when work has ended.
/// @param journal Knows what is needed.
/// @param images Removes.
image_pruner_actor::behavior_type
image_pruner(image_pruner_actor::stateful_pointer<image_pruner_state> self,
             const deploy_supervisor_actor& supervisor, journal_actor journal,
             image_puller_actor images);

} // namespace dw
