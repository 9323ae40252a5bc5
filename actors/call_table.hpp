#pragma once

#include "messages/error.hpp"
#include "messages/export.hpp"

#include <caf/actor_addr.hpp>
#include <caf/optional.hpp>

#include <cstdint>
#include <functional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace DW_EXPORT dw {

/// The calls that a service is working on, so that they can be given up when
/// their asker says so, and when it dies. Each call gets a number of the
/// service's own, because the tickets of two askers may be equal.
class call_table {
public:
  /// Answers a call that is given up.
  using answer_fun = std::function<void(errc)>;

  /// A number for a call or an exchange, never 0 and never used before.
  uint64_t next_number() noexcept {
    return ++last_;
  }

  /// Registers a call.
  /// @param asker Ends the call when it dies; null if there is none.
  /// @param ticket The asker's, 0 for none.
  /// @param listener The same for somebody else who takes part, or null.
  /// @param answer What `give_up` calls, or null if it is not used.
  /// @returns its number.
  uint64_t
  open(const caf::actor_addr& asker, uint64_t ticket,
       const caf::actor_addr& listener = {}, answer_fun answer = nullptr) {
    auto number = next_number();
    calls_.emplace(number, entry{asker, ticket, listener, std::move(answer)});
    by_party_.emplace(asker, number);
    by_party_.emplace(listener, number);
    return number;
  }

  /// Whether a call is neither answered nor given up.
  bool is_open(uint64_t number) const {
    return calls_.contains(number);
  }

  /// Forgets a call that has been answered, if it is open.
  void close(uint64_t number) {
    take(number);
  }

  /// Answers a call with the reason why it is given up, if it is open.
  void give_up(uint64_t number, errc reason) {
    if (auto node = take(number))
      node.mapped().answer(reason);
  }

  /// The number of an asker's call, none if it is not open.
  caf::optional<uint64_t>
  find(const caf::actor_addr& asker, uint64_t ticket) const {
    for (auto number : calls_of(asker))
      if (const auto& x = calls_.at(number);
          ticket != 0 && x.ticket == ticket && x.asker == asker)
        return number;
    return caf::none;
  }

  /// The calls that somebody takes part in.
  std::vector<uint64_t> calls_of(const caf::actor_addr& party) const {
    std::vector<uint64_t> result;
    for (auto i = by_party_.lower_bound({party, 0});
         party && i != by_party_.end() && i->first == party; ++i)
      result.push_back(i->second);
    return result;
  }

  /// Whether to monitor somebody who takes part, which is once in its life.
  bool is_new(const caf::actor_addr& party) {
    return party && known_.insert(party).second;
  }

  /// Somebody who took part has died.
  void forget(const caf::actor_addr& party) {
    known_.erase(party);
  }

private:
  struct entry {
    caf::actor_addr asker;
    uint64_t ticket;
    caf::actor_addr listener;
    answer_fun answer;
  };

  std::unordered_map<uint64_t, entry>::node_type take(uint64_t number) {
    auto node = calls_.extract(number);
    if (node) {
      by_party_.erase({node.mapped().asker, number});
      by_party_.erase({node.mapped().listener, number});
    }
    return node;
  }

  uint64_t last_ = 0;
  std::unordered_map<uint64_t, entry> calls_;
  std::set<std::pair<caf::actor_addr, uint64_t>> by_party_;
  std::set<caf::actor_addr> known_;
};

} // namespace dw
