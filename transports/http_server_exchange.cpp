#include "transports/http_server_exchange.hpp"

#include <utility>

namespace dw {

server_exchange::server_exchange(size_t stream_buffer,
                                 std::function<void()> wake)
  : stream_buffer_{stream_buffer}, wake_{std::move(wake)} {
  // nop
}

std::shared_ptr<server_exchange>
server_exchange::make_handle(std::shared_ptr<server_exchange> exchange) {
  auto* ptr = exchange.get();
  return {ptr, [kept = std::move(exchange)](auto*) { kept->abandon(); }};
}

// -- for the handles ----------------------------------------------------------

bool server_exchange::answer(server_response x) {
  if (!is_sendable(x.status, x.headers))
    x = make_refusal(500, "The answer is none that HTTP allows.");
  std::unique_lock guard{mutex_};
  if (phase_ != phase::unanswered)
    return false;
  phase_ = phase::over;
  news_.head = std::move(x);
  news_.complete = true;
  wake_up(std::move(guard));
  return true;
}

bool server_exchange::begin_stream(int status, std::vector<http_header> headers,
                                   server_stream_events events) {
  if (!is_sendable(status, headers)) {
    answer({.status = 0}); // which becomes a 500
    return false;
  }
  std::unique_lock guard{mutex_};
  if (phase_ != phase::unanswered)
    return false;
  phase_ = phase::streaming;
  news_.head = server_response{status, std::move(headers), {}};
  news_.streaming = true;
  events_ = std::move(events);
  wake_up(std::move(guard));
  return true;
}

server_stream_state server_exchange::write(std::string_view bytes) {
  std::unique_lock guard{mutex_};
  if (phase_ != phase::streaming)
    return server_stream_state::gone;
  if (kept() > 0 && kept() + bytes.size() > stream_buffer_) {
    full_ = true;
    return server_stream_state::full;
  }
  news_.bytes += bytes;
  wake_up(std::move(guard));
  return server_stream_state::taken;
}

void server_exchange::end() {
  server_stream_events done; // destroyed without the lock
  std::unique_lock guard{mutex_};
  if (phase_ != phase::streaming)
    return;
  phase_ = phase::over;
  news_.complete = true;
  done = std::exchange(events_, {});
  wake_up(std::move(guard));
}

void server_exchange::abandon() {
  if (answer(make_refusal(500, "The request was dropped without an answer.")))
    return;
  server_stream_events done;
  std::unique_lock guard{mutex_};
  if (phase_ != phase::streaming)
    return;
  phase_ = phase::over;
  news_.cut = true;
  done = std::exchange(events_, {});
  wake_up(std::move(guard));
}

void server_exchange::wake_up(std::unique_lock<std::mutex> guard) {
  auto is_first = !std::exchange(woken_, true);
  guard.unlock();
  if (is_first)
    wake_();
}

size_t server_exchange::kept() const {
  return news_.bytes.size() + unsent_;
}

// -- for the connection -------------------------------------------------------

server_exchange::news server_exchange::take() {
  std::lock_guard guard{mutex_};
  woken_ = false;
  auto result = std::exchange(news_, {});
  unsent_ += result.bytes.size();
  return result;
}

void server_exchange::sent(size_t bytes) {
  std::function<void()> on_room;
  {
    std::lock_guard guard{mutex_};
    unsent_ -= bytes;
    if (phase_ == phase::streaming && full_ && kept() <= stream_buffer_ / 2) {
      full_ = false;
      on_room = events_.on_room;
    }
  }
  if (on_room)
    on_room();
}

void server_exchange::lose() {
  server_stream_events events;
  {
    std::lock_guard guard{mutex_};
    phase_ = phase::over;
    news_ = {};
    events = std::exchange(events_, {});
  }
  if (events.on_gone)
    events.on_gone();
}

} // namespace dw
