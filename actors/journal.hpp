#pragma once

#include "actors/journal_store.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <vector>

namespace DW_EXPORT dw {

/// The JOURNAL with what it sends itself.
using journal_impl = journal_actor::extend_with<
  caf::typed_actor<caf::reacts_to<journal_tick>,
                   // Tries again what could not be written.
                   caf::reacts_to<caf::tick_atom>>>;

/// The state of a JOURNAL.
struct journal_state {
  static inline const char* name = "journal";

  std::shared_ptr<journal_store> store;
  std::function<caf::timestamp()> now;
  /// What is to be written, and who waits for it, in the same order.
  std::vector<journal_entry> entries;
  std::vector<obligation<done>> owed;
  /// Ends of work that could not be written, whose senders know that.
  std::vector<journal_entry> late;
  /// Whether a tick for these is on its way.
  bool has_late_tick = false;
  /// How many were written together the last time.
  size_t last_batch = 0;
};

/// Records work. All entries that are here when it gets to writing share one
/// transaction, and so one flush of the disk; while many work at once, they
/// wait a few milliseconds for each other.
/// What has ended stays so if the disk was full at that moment: the end is
/// written when there is room again, and its sender gets an error meanwhile.
/// @param store Used by nobody else.
/// @param now Tells when entries happened.
journal_impl::behavior_type
journal(journal_impl::stateful_pointer<journal_state> self,
        std::shared_ptr<journal_store> store,
        std::function<caf::timestamp()> now);

/// Spawns the JOURNAL. Runs on a thread of its own, because it waits for the
/// disk; comes back if it dies, with the same store.
journal_actor spawn_journal(caf::actor_system& sys, journal_store store);

} // namespace dw
