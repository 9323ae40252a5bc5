#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// A tag that is watched at its registry.
struct polled_tag {
  std::string project;
  std::string stage;
  /// The repository, without a tag.
  std::string image;
  std::string tag;
  /// Between two questions.
  std::chrono::milliseconds interval{0};
};

/// How a DIGEST POLLER works.
struct poll_policy {
  /// The longest pause after failures, which doubles the interval.
  std::chrono::milliseconds cap = std::chrono::hours{1};
  /// The shortest one after the registry has said that it was asked too often.
  std::chrono::milliseconds too_often = std::chrono::minutes{15};
  /// How long an answer may take.
  std::chrono::milliseconds patience = std::chrono::seconds{30};
};

/// How long to wait before the next question.
/// @param failures That came in a row; 0 after an answer.
/// @param was_too_often Whether the last one was that.
/// @param jitter From 0 up to and including 1: a tenth more or less, so that
///               stages that began together do not ask together for ever.
std::chrono::milliseconds
next_poll(const poll_policy& policy, std::chrono::milliseconds interval,
          uint32_t failures, bool was_too_often, double jitter);

/// The DIGEST POLLER: asks registries, by way of the engine, what tags point
/// to, and tells a listener each time.
using digest_poller_actor = caf::typed_actor<
  // INTERNAL: it is time to ask about the tag of this number.
  caf::reacts_to<caf::tick_atom, uint64_t>>;

/// The state of a DIGEST POLLER.
struct digest_poller_state {
  struct watch {
    polled_tag what;
    uint32_t failures = 0;
    bool was_too_often = false;
  };

  static inline const char* name = "digest-poller";

  // Not an aggregate: CAF would initialize the first member with the actor.
  digest_poller_state() = default;

  image_puller_actor images;
  tag_listener_actor listener;
  poll_policy policy;
  std::vector<watch> watches;
  std::minstd_rand jitter{std::random_device{}()};
};

/// @param images Asks the registry.
/// @param listener Is told what tags point to.
digest_poller_actor::behavior_type
digest_poller(digest_poller_actor::stateful_pointer<digest_poller_state> self,
              const std::vector<polled_tag>& tags, image_puller_actor images,
              tag_listener_actor listener, poll_policy policy);

} // namespace dw
