#include "actors/journal.hpp"

#include "actors/harden.hpp"
#include "actors/supervised.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace dw {

namespace {

using self_pointer = journal_impl::stateful_pointer<journal_state>;

// A flush costs more CPU time than ten entries, and a deploy takes seconds.
constexpr auto company_time = std::chrono::milliseconds{4};

// Between attempts to write what could not be written.
constexpr auto late_interval = std::chrono::seconds{5};

// Tries to write what could not be written, until one fails again.
void write_late(journal_state& st) {
  auto is_written = [&](const journal_entry& x) {
    auto err = st.store->append({&x, 1});
    return !err || code_of(err) != errc::storage_failed;
  };
  auto failed = std::find_if_not(st.late.begin(), st.late.end(), is_written);
  st.late.erase(st.late.begin(), failed);
}

void keep_if_end(journal_state& st, const journal_entry& x,
                 const caf::error& err) {
  if (code_of(err) == errc::storage_failed
      && std::holds_alternative<work_finished>(x.what))
    st.late.push_back(x);
}

// One that cannot be written does not keep the others from it.
void write_singly(journal_state& st, const std::vector<journal_entry>& entries,
                  std::vector<obligation<done>>& owed) {
  for (size_t i = 0; i < entries.size(); ++i) {
    if (auto err = st.store->append({&entries[i], 1})) {
      spdlog::error("journal: {}", render(err));
      keep_if_end(st, entries[i], err);
      owed[i].settle(std::move(err));
    } else {
      owed[i].settle(done{});
    }
  }
}

void write_all(journal_state& st) {
  write_late(st);
  auto entries = std::exchange(st.entries, {});
  auto owed = std::exchange(st.owed, {});
  if (entries.empty())
    return;
  st.last_batch = entries.size();
  if (entries.size() == 1 || st.store->append(entries)) {
    write_singly(st, entries, owed);
    return;
  }
  for (auto& x : owed)
    x.settle(done{});
}

void on_tick(self_pointer self) {
  auto& st = self->state;
  write_all(st);
  if (!st.late.empty() && !std::exchange(st.has_late_tick, true))
    self->delayed_send(self, late_interval, caf::tick_atom_v);
}

template <class Entry>
caf::result<done> add(self_pointer self, Entry& entry) {
  auto& st = self->state;
  // The tick comes behind all that has queued up by now. Where several have
  // come together, more are likely to be on their way.
  if (st.entries.empty()) {
    if (st.last_batch > 1)
      self->delayed_send(self, company_time, journal_tick{});
    else
      self->send(self, journal_tick{});
  }
  st.entries.push_back({std::move(entry), st.now()});
  auto promise = self->make_response_promise<done>();
  st.owed.emplace_back(promise);
  return promise;
}

template <class T>
caf::result<T> answer(caf::expected<T> x) {
  if (!x)
    return std::move(x.error());
  return std::move(*x);
}

} // namespace

journal_impl::behavior_type
journal(self_pointer self, std::shared_ptr<journal_store> store,
        std::function<caf::timestamp()> now) {
  harden(self);
  self->state.store = std::move(store);
  self->state.now = std::move(now);
  return {
    [self](work_accepted& x) { return add(self, x); },
    [self](step_begun& x) { return add(self, x); },
    [self](work_finished& x) { return add(self, x); },
    [self](image_removed& x) { return add(self, x); },
    [self](const list_history& x) {
      write_all(self->state);
      return answer(self->state.store->history(x));
    },
    [self](const read_work& x) {
      write_all(self->state);
      return answer(self->state.store->read(x.deploy_id));
    },
    [self](const list_unfinished&) {
      write_all(self->state);
      return answer(self->state.store->unfinished());
    },
    [self](const find_earlier& x) {
      write_all(self->state);
      return answer(self->state.store->earlier(x));
    },
    [self](const find_unneeded& x) {
      write_all(self->state);
      return answer(self->state.store->unneeded_image(x));
    },
    [self](const journal_tick&) { on_tick(self); },
    [self](caf::tick_atom) {
      self->state.has_late_tick = false;
      on_tick(self);
    },
  };
}

journal_actor spawn_journal(caf::actor_system& sys, journal_store store) {
  auto shared = std::make_shared<journal_store>(std::move(store));
  return spawn_supervised<journal_actor>(sys, "journal", [shared](auto& s) {
    return journal_actor{
      s.template spawn<caf::detached>(journal, shared, caf::make_timestamp)};
  });
}

} // namespace dw
