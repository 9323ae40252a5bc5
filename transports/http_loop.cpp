#include "transports/http_loop.hpp"

#include "transports/curl_transfer.hpp"
#include "transports/epoll_set.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

namespace dw {

namespace {

using clock_type = std::chrono::steady_clock;
using time_point = clock_type::time_point;

/// How many handles to keep for later: each holds about 20 KiB.
constexpr size_t max_spare_handles = 256;

/// When nothing has been in flight for this long, close all kept connections.
constexpr auto close_connections_after = std::chrono::seconds{30};

struct multi_deleter {
  void operator()(CURLM* ptr) const noexcept {
    curl_multi_cleanup(ptr);
  }
};

using multi_ptr = std::unique_ptr<CURLM, multi_deleter>;

void init_curl_once() {
  static const auto code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    throw std::runtime_error{curl_easy_strerror(code)};
}

uint32_t to_epoll(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

/// An error of the socket is told as readiness: libcurl then finds out what it
/// is, whereas of CURL_CSELECT_ERR it knows no more than that.
int to_select(uint32_t events, uint32_t wanted) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0)
    events |= wanted;
  return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0)
         | ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

} // namespace

class http_loop::impl {
public:
  impl() {
    init_curl_once();
    make_multi();
    thread_ = std::thread{[this] { run(); }};
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

  // -- for other threads
  // -------------------------------------------------------

  template <class F>
  void post(F change) {
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

  // -- the loop
  // ----------------------------------------------------------------

  void run() {
    prepare_thread();
    context_.now = clock_type::now();
    while (take_commands()) {
      run_timers();
      context_.batch.flush();
      auto events = sockets_.wait(fall_asleep());
      context_.now = clock_type::now();
      for (const auto& event : events)
        act(event.data.fd,
            to_select(event.events, sockets_.wanted(event.data.fd)));
      reap();
    }
    fail_all();
    context_.batch.flush();
  }

  static void prepare_thread() {
    pthread_setname_np(pthread_self(), "http-loop");
    // Signals are for the program; SIGPIPE is told to us as EPIPE.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
  }

  /// @returns false if the loop shall stop.
  bool take_commands() {
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

  void obey(command& x) {
    if (x.transfer) {
      begin(std::move(x.transfer));
      return;
    }
    auto i = transfers_.find(x.id);
    if (i == transfers_.end())
      return;
    if (x.bytes > 0) {
      i->second->resume(x.bytes);
      return;
    }
    i->second->fail({errc::cancelled, "cancelled", {}});
    drop(i);
  }

  void begin(std::unique_ptr<curl_transfer> transfer) {
    if (!transfer->prepare(take_easy())) {
      keep_easy(transfer->release());
      return;
    }
    if (curl_multi_add_handle(multi_.get(), transfer->easy()) != CURLM_OK) {
      transfer->fail({errc::internal, "libcurl takes no transfer", {}});
      return;
    }
    transfer->next_look
      = deadlines_.emplace_hint(deadlines_.end(),
                                transfer->clock().next_look(context_.now),
                                transfer->id());
    auto id = transfer->id();
    transfers_.emplace(id, std::move(transfer));
  }

  /// Returns how long `epoll_set::wait` may take, in its notation. Not at all
  /// if there are commands; others wake the loop up from here on.
  int fall_asleep() {
    std::lock_guard guard{mutex_};
    if (!inbox_.empty() || stopping_)
      return 0;
    auto until = std::min(curl_due_, idle_due());
    if (!deadlines_.empty())
      until = std::min(until, deadlines_.begin()->first);
    auto timeout = -1;
    if (until != time_point::max()) {
      auto left = std::chrono::ceil<std::chrono::milliseconds>(
        until - clock_type::now());
      timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
    }
    asleep_ = timeout != 0;
    return timeout;
  }

  // -- time
  // --------------------------------------------------------------------

  void run_timers() {
    if (curl_due_ <= context_.now) {
      curl_due_ = time_point::max();
      act(CURL_SOCKET_TIMEOUT, 0);
      reap();
    }
    while (!deadlines_.empty() && deadlines_.begin()->first <= context_.now)
      look_at(*transfers_.find(deadlines_.begin()->second)->second);
    if (idle_due() <= context_.now)
      make_multi();
  }

  void look_at(curl_transfer& transfer) {
    if (auto which = transfer.clock().passed(context_.now)) {
      transfer.fail({errc::timed_out, std::move(*which), {}});
      drop(transfers_.find(transfer.id()));
      return;
    }
    auto node = deadlines_.extract(transfer.next_look);
    node.key() = transfer.clock().next_look(context_.now);
    transfer.next_look = deadlines_.insert(std::move(node));
  }

  /// When to close the kept connections: libcurl does so only while it opens
  /// another one.
  time_point idle_due() const {
    if (!transfers_.empty() || !used_)
      return time_point::max();
    return last_end_ + close_connections_after;
  }

  // -- libcurl
  // -----------------------------------------------------------------

  void make_multi() {
    multi_.reset(curl_multi_init());
    auto* multi = multi_.get();
    if (multi == nullptr)
      throw std::bad_alloc{};
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_interest);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
    curl_due_ = time_point::max();
    used_ = false;
  }

  void act(curl_socket_t fd, int what) {
    int running = 0;
    curl_multi_socket_action(multi_.get(), fd, what, &running);
  }

  void reap() {
    int left = 0;
    while (auto* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE)
        continue;
      auto code = message->data.result;
      void* ptr = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ptr);
      auto* transfer = static_cast<curl_transfer*>(ptr);
      transfer->finish(code);
      drop(transfers_.find(transfer->id())); // frees the message, too
    }
  }

  using transfer_map
    = std::unordered_map<uint64_t, std::unique_ptr<curl_transfer>>;

  void drop(transfer_map::iterator i) {
    auto& transfer = *i->second;
    deadlines_.erase(transfer.next_look);
    curl_multi_remove_handle(multi_.get(), transfer.easy());
    keep_easy(transfer.release());
    transfers_.erase(i);
    last_end_ = context_.now;
    used_ = true;
  }

  void fail_all() {
    http_failure reason{
      errc::service_restarted, "the HTTP client was stopped", {}};
    for (auto& x : commands_)
      if (x.transfer)
        x.transfer->fail(reason);
    while (!transfers_.empty()) {
      transfers_.begin()->second->fail(reason);
      drop(transfers_.begin());
    }
  }

  easy_ptr take_easy() {
    if (spare_.empty())
      return make_easy(&on_open, &on_close, this);
    auto result = std::move(spare_.back());
    spare_.pop_back();
    return result;
  }

  void keep_easy(easy_ptr easy) {
    if (easy && spare_.size() < max_spare_handles)
      spare_.push_back(std::move(easy));
  }

  // -- called by libcurl
  // -------------------------------------------------------

  // Exceptions must not cross libcurl.

  static int
  on_interest(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept {
    static_cast<impl*>(self)->sockets_.want(fd, to_epoll(what));
    return 0;
  }

  static int on_timer(CURLM*, long timeout_ms, void* self) noexcept {
    auto& due = static_cast<impl*>(self)->curl_due_;
    if (timeout_ms < 0)
      due = time_point::max();
    else if (timeout_ms == 0)
      due = time_point{}; // now, also by the time at which the turn began
    else
      due = clock_type::now() + std::chrono::milliseconds{timeout_ms};
    return 0;
  }

  static curl_socket_t on_open(void*, curlsocktype, curl_sockaddr* x) noexcept {
    return socket(x->family, x->socktype | SOCK_CLOEXEC, x->protocol);
  }

  static int on_close(void* self, curl_socket_t fd) noexcept {
    static_cast<impl*>(self)->sockets_.forget(fd);
    return close(fd);
  }

  // -- shared
  // ------------------------------------------------------------------

  epoll_set sockets_;
  std::mutex mutex_;
  std::vector<command> inbox_; // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  bool asleep_ = false;        // guarded by mutex_

  // -- of the thread
  // -----------------------------------------------------------

  std::vector<command> commands_;
  transfer_context context_;
  time_point curl_due_ = time_point::max();
  time_point last_end_;
  bool used_ = false;
  curl_transfer::deadline_map deadlines_;
  // Easy handles end before the multi handle, which closes their connections.
  multi_ptr multi_;
  std::vector<easy_ptr> spare_;
  transfer_map transfers_;

  std::thread thread_;
};

http_loop::http_loop() : impl_{std::make_unique<impl>()} {
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
