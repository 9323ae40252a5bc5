#include "actors/proxy_turns.hpp"

#include "actors/proxy_exchange.hpp"
#include "messages/error.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace dw {

namespace {

using self_pointer = proxy_registrar_pointer;

using namespace std::chrono_literals;

/// Nobody tells when another process gives its turn back.
constexpr auto turn_poll = 20ms;

/// Who has more to do than this lets others have a turn.
constexpr auto turn_limit = 2s;

void start_next(self_pointer self);

void try_lock_later(self_pointer self) {
  auto& st = self->state;
  if (std::exchange(st.awaits_turn, true))
    return;
  after(self, turn_poll, [self] {
    self->state.awaits_turn = false;
    start_next(self);
  });
}

bool take_lock(self_pointer self) {
  auto& st = self->state;
  if (!st.turn || st.turn_began)
    return true;
  if (st.awaits_turn || !st.turn->try_lock()) {
    try_lock_later(self);
    return false;
  }
  st.turn_began = self->clock().now();
  return true;
}

void release_lock(self_pointer self) {
  auto& st = self->state;
  if (!st.turn_began)
    return;
  auto is_long = self->clock().now() - *st.turn_began >= turn_limit;
  if (!st.waiting.empty() && !is_long)
    return;
  st.turn->unlock();
  st.turn_began.reset();
  if (is_long)
    try_lock_later(self);
}

/// Starts the next mutation that somebody still waits for.
void start_next(self_pointer self) {
  auto& st = self->state;
  while (st.mutating == 0 && !st.waiting.empty()) {
    auto call = st.calls.find(st.waiting.front().number);
    if (call == st.calls.end()) {
      st.waiting.pop_front();
      continue;
    }
    if (!take_lock(self))
      return;
    auto next = std::move(st.waiting.front());
    st.waiting.pop_front();
    st.mutating = next.number;
    call->second.has_begun = true;
    next.start();
  }
  if (st.mutating == 0)
    release_lock(self);
}

} // namespace

/// Without the lock we go on: it only matters while others change hosts, too.
void open_turns(self_pointer self) {
  const auto& endpoint = self->state.endpoint;
  if (endpoint.lock_folder.empty())
    return;
  if (auto lock = file_lock::open(endpoint.lock_folder, lock_name(endpoint)))
    self->state.turn.emplace(std::move(*lock));
  else
    spdlog::warn("{} #{} goes on without a lock: {}", self->name(), self->id(),
                 render(lock.error()));
}

void await_turn(self_pointer self, uint64_t number,
                std::function<void()> start) {
  self->state.waiting.push_back({number, std::move(start)});
  start_next(self);
}

void leave_turn(self_pointer self, uint64_t number) {
  auto& st = self->state;
  if (st.mutating != number)
    return;
  st.mutating = 0;
  release_lock(self);
  start_next(self);
}

void resume_turn(self_pointer self, uint64_t number,
                 std::function<void()> start) {
  self->state.waiting.push_front({number, std::move(start)});
  start_next(self);
}

} // namespace dw
