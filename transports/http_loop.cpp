#include "transports/http_loop.hpp"

#include "transports/curl_multi.hpp"
#include "transports/curl_transfer.hpp"
#include "transports/epoll_set.hpp"

#include <pthread.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

namespace dw {

/// Exchanges on the way at the same time. Each has a connection and buffers of
/// its own; more would only wait for the peer with all that in hand.
constexpr size_t max_on_the_way = 2'048;

/// Connections to keep while there are so many. libcurl goes through all of
/// them for each exchange that ends, so more would cost more than they save.
constexpr long max_connections = 512;

using clock_type = std::chrono::steady_clock;
using time_point = clock_type::time_point;

class http_loop::impl {
public:
  explicit impl(std::chrono::milliseconds keep_connections)
    : keep_connections_{keep_connections}, multi_{sockets_, keep_connections,
                                                  max_connections},
      thread_{[this] { run(); }} {
    // nop
  }

  ~impl() {
    post([this] { stopping_ = true; });
    thread_.join();
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  void start(uint64_t id, http_request request, bool streaming,
             std::shared_ptr<http_observer> observer) {
    auto transfer = std::make_unique<curl_transfer>(
      context_, id, std::move(request), streaming, std::move(observer));
    post([&] { inbox_.push_back({std::move(transfer), 0, 0}); });
  }

  void cancel(uint64_t id) {
    post([&] { inbox_.push_back({nullptr, id, 0}); });
  }

  void resume(uint64_t id, uint64_t bytes) {
    // No bytes would be a cancellation, and no news.
    if (bytes > 0)
      post([&] { inbox_.push_back({nullptr, id, bytes}); });
  }

private:
  /// A start if there is a transfer, else a resume if there are bytes, else a
  /// cancellation.
  struct command {
    std::unique_ptr<curl_transfer> transfer;
    uint64_t id;
    uint64_t bytes;
  };

  using transfer_map
    = std::unordered_map<uint64_t, std::unique_ptr<curl_transfer>>;

  template <class F>
  void post(F change);

  void run();
  bool take_commands();
  void obey(command& x);
  void begin(std::unique_ptr<curl_transfer> transfer);
  void begin_waiting();
  void give_up_waiting(uint64_t id);
  int fall_asleep();
  void run_timers();
  void look_at(curl_transfer& transfer);
  time_point idle_due() const;
  void reap();
  void drop(transfer_map::iterator i);
  void fail_all();

  const std::chrono::milliseconds keep_connections_;
  epoll_set sockets_;

  std::mutex mutex_;
  std::vector<command> inbox_; // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  bool asleep_ = false;        // guarded by mutex_

  // Only the thread touches what follows.
  std::vector<command> commands_;
  transfer_context context_;
  curl_transfer::deadline_map deadlines_;
  // When the last exchange ended, if any since the connections were closed.
  std::optional<time_point> last_end_;
  // Outlives the transfers: their handles must be gone first.
  curl_multi multi_;
  transfer_map transfers_;
  // Those that there is no room for yet, in the order they came.
  std::deque<std::unique_ptr<curl_transfer>> waiting_;

  std::thread thread_;
};

// -- from other threads -------------------------------------------------------

template <class F>
void http_loop::impl::post(F change) {
  auto wake = false;
  {
    std::lock_guard guard{mutex_};
    change();
    // One call is enough, however many follow before the loop is awake.
    wake = std::exchange(asleep_, false);
  }
  if (wake)
    sockets_.wake();
}

// -- the loop -----------------------------------------------------------------

void http_loop::impl::run() {
  pthread_setname_np(pthread_self(), "http-loop");
  // Signals are for the program; instead of SIGPIPE there is EPIPE.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  context_.now = clock_type::now();
  while (take_commands()) {
    begin_waiting();
    run_timers();
    begin_waiting(); // in the place of those that ran out of time
    context_.batch.flush();
    auto events = sockets_.wait(fall_asleep());
    context_.now = clock_type::now();
    for (const auto& event : events) {
      multi_.on_event(event);
      reap();
    }
  }
  fail_all();
  context_.batch.flush();
}

/// @returns false if the loop shall stop.
bool http_loop::impl::take_commands() {
  {
    std::lock_guard guard{mutex_};
    asleep_ = false;
    commands_.swap(inbox_);
    if (stopping_)
      return false;
  }
  for (auto& x : commands_)
    obey(x);
  commands_.clear();
  return true;
}

void http_loop::impl::obey(command& x) {
  if (x.transfer) {
    waiting_.push_back(std::move(x.transfer));
    return;
  }
  auto i = transfers_.find(x.id);
  if (i == transfers_.end()) {
    if (x.bytes == 0)
      give_up_waiting(x.id);
    return;
  }
  if (x.bytes > 0) {
    i->second->resume(x.bytes);
    return;
  }
  i->second->fail({errc::cancelled, "cancelled", {}});
  drop(i);
}

void http_loop::impl::give_up_waiting(uint64_t id) {
  auto i = std::find_if(waiting_.begin(), waiting_.end(),
                        [id](const auto& x) { return x->id() == id; });
  if (i == waiting_.end())
    return;
  (*i)->fail({errc::cancelled, "cancelled", {}});
  waiting_.erase(i);
}

void http_loop::impl::begin_waiting() {
  while (!waiting_.empty() && transfers_.size() < max_on_the_way) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(next));
  }
}

void http_loop::impl::begin(std::unique_ptr<curl_transfer> transfer) {
  if (!transfer->prepare(multi_.take_easy())) {
    multi_.keep_easy(transfer->release());
    return;
  }
  if (!multi_.add(transfer->easy())) {
    transfer->fail({errc::internal, "libcurl takes no transfer", {}});
    return;
  }
  // Most have the same deadline, so that each is the latest.
  transfer->next_look
    = deadlines_.emplace_hint(deadlines_.end(),
                              transfer->clock().next_look(context_.now),
                              transfer->id());
  auto id = transfer->id();
  transfers_.emplace(id, std::move(transfer));
}

/// Returns how long `epoll_set::wait` may take, in its notation. No time if
/// there are commands; whoever posts one from here on wakes the loop up.
int http_loop::impl::fall_asleep() {
  std::lock_guard guard{mutex_};
  if (!inbox_.empty() || stopping_)
    return 0;
  auto until = std::min(multi_.due(), idle_due());
  if (!deadlines_.empty())
    until = std::min(until, deadlines_.begin()->first);
  auto timeout = -1;
  if (until != time_point::max()) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(until - clock_type::now());
    timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
  }
  asleep_ = timeout != 0;
  return timeout;
}

void http_loop::impl::run_timers() {
  if (multi_.due() <= context_.now) {
    multi_.on_due();
    reap();
  }
  while (!deadlines_.empty() && deadlines_.begin()->first <= context_.now)
    look_at(*transfers_.at(deadlines_.begin()->second));
  if (idle_due() <= context_.now) {
    multi_.close_connections();
    last_end_.reset();
  }
}

void http_loop::impl::look_at(curl_transfer& transfer) {
  if (auto which = transfer.clock().passed(context_.now)) {
    transfer.fail({errc::timed_out, std::move(*which), {}});
    drop(transfers_.find(transfer.id()));
    return;
  }
  auto node = deadlines_.extract(transfer.next_look);
  node.key() = transfer.clock().next_look(context_.now);
  transfer.next_look = deadlines_.insert(std::move(node));
}

/// When to close the kept connections. libcurl does so, too, but only when it
/// looks for one to use.
time_point http_loop::impl::idle_due() const {
  return transfers_.empty() && last_end_ ? *last_end_ + keep_connections_
                                         : time_point::max();
}

void http_loop::impl::reap() {
  for (auto x = multi_.next_done(); x.easy != nullptr; x = multi_.next_done()) {
    void* ptr = nullptr;
    curl_easy_getinfo(x.easy, CURLINFO_PRIVATE, &ptr);
    auto* transfer = static_cast<curl_transfer*>(ptr);
    transfer->finish(x.code);
    drop(transfers_.find(transfer->id()));
  }
}

void http_loop::impl::drop(transfer_map::iterator i) {
  auto& transfer = *i->second;
  deadlines_.erase(transfer.next_look);
  multi_.remove(transfer.easy());
  multi_.keep_easy(transfer.release());
  transfers_.erase(i);
  last_end_ = context_.now;
}

void http_loop::impl::fail_all() {
  http_failure reason{
    errc::service_restarted, "the HTTP client was stopped", {}};
  for (auto& x : commands_)
    if (x.transfer)
      x.transfer->fail(reason);
  for (auto& x : waiting_)
    x->fail(reason);
  while (!transfers_.empty()) {
    transfers_.begin()->second->fail(reason);
    drop(transfers_.begin());
  }
}

// -- the interface ------------------------------------------------------------

http_loop::http_loop(std::chrono::milliseconds keep_connections)
  : impl_{std::make_unique<impl>(keep_connections)} {
  // nop
}

http_loop::~http_loop() = default;

void http_loop::start(uint64_t id, http_request request, bool streaming,
                      std::shared_ptr<http_observer> observer) {
  impl_->start(id, std::move(request), streaming, std::move(observer));
}

void http_loop::cancel(uint64_t id) {
  impl_->cancel(id);
}

void http_loop::resume(uint64_t id, uint64_t bytes) {
  impl_->resume(id, bytes);
}

} // namespace dw
