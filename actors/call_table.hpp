#pragma once

#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/optional.hpp>

#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace dw {

/// The calls that a service is working on, so that an asker can cancel one.
/// Each call gets a number of the service's own, because the tickets of two
/// askers may be equal.
class call_table {
public:
  /// Registers a call. @param ticket The asker's, 0 for none.
  /// @returns its number, never 0 and never used before.
  uint64_t open(const caf::strong_actor_ptr& asker, uint64_t ticket) {
    auto number = ++last_;
    if (ticket != 0) {
      auto key = std::pair{caf::actor_cast<caf::actor_addr>(asker), ticket};
      numbers_[key] = number;
      keys_.emplace(number, std::move(key));
    }
    return number;
  }

  /// Forgets a call that has ended.
  void close(uint64_t number) {
    auto node = keys_.extract(number);
    if (!node.empty())
      numbers_.erase(node.mapped());
    cancelled_.erase(number);
  }

  /// Marks an asker's call as cancelled. @returns its number, none if it is not
  /// in progress.
  caf::optional<uint64_t> cancel(const caf::strong_actor_ptr& asker,
                                 uint64_t ticket) {
    auto i = numbers_.find({caf::actor_cast<caf::actor_addr>(asker), ticket});
    if (i == numbers_.end())
      return caf::none;
    cancelled_.insert(i->second);
    return i->second;
  }

  /// Whether a call was cancelled, perhaps while it still waited for its turn.
  bool is_cancelled(uint64_t number) const {
    return cancelled_.contains(number);
  }

private:
  using key_type = std::pair<caf::actor_addr, uint64_t>;

  uint64_t last_ = 0;
  std::map<key_type, uint64_t> numbers_;
  std::unordered_map<uint64_t, key_type> keys_;
  std::unordered_set<uint64_t> cancelled_;
};

} // namespace dw
