#pragma once

#include <curl/curl.h>
#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <coroutine>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dw::peer {

/// Where requests go.
struct origin {
  /// "http://HOST:PORT", or any host if there is a socket.
  std::string url;
  std::string socket;
  /// Of requests without and with a body, or null; not owned.
  curl_slist* headers = nullptr;
  curl_slist* body_headers = nullptr;
  /// Whether each request has a connection of its own.
  bool is_fresh = false;
};

enum class verb { get, post, put, del };

class exchange;

/// epoll and libcurl's multi interface; the thread that calls `run` resumes
/// the coroutines that wait for exchanges. There are no deadlines.
class http_loop {
public:
  using clock = std::chrono::steady_clock;

  /// @param connections How many to keep open.
  explicit http_loop(long connections);
  ~http_loop();

  http_loop(const http_loop&) = delete;
  http_loop& operator=(const http_loop&) = delete;

  /// Returns as soon as `is_done`.
  /// @throws what `fail` was given.
  void run(const bool& is_done);

  /// Resumes the coroutine soon; also from callbacks of libcurl.
  void resume_soon(std::coroutine_handle<> x) {
    ready_.push_back(x);
  }

  /// co_await it.
  auto sleep(clock::duration time) {
    struct awaiter : std::suspend_always {
      http_loop& loop;
      clock::time_point due;
      void await_suspend(std::coroutine_handle<> x) const {
        loop.sleeping_.emplace(due, x);
      }
    };
    return awaiter{{}, *this, clock::now() + time};
  }

  /// Ends `run`.
  void fail(std::string text) {
    failure_ = std::move(text);
  }

private:
  friend exchange;

  struct socket_state {
    uint32_t wanted = 0;
    uint32_t registered = 0;
  };

  void start(exchange& x);
  void wait();
  void on_socket(const epoll_event& event);
  void on_time();
  void finish_exchanges();
  int time_left() const;
  socket_state& at(int fd);

  static int on_interest(CURL*, curl_socket_t, int, void*, void*) noexcept;
  static int on_timer(CURLM*, long, void*) noexcept;
  static int on_close(void*, curl_socket_t) noexcept;

  int epoll_;
  CURLM* multi_;
  clock::time_point due_ = clock::time_point::max();
  // By file descriptor.
  std::vector<socket_state> sockets_;
  std::array<epoll_event, 256> events_{};
  std::vector<std::coroutine_handle<>> ready_;
  std::vector<std::coroutine_handle<>> resumed_;
  std::multimap<clock::time_point, std::coroutine_handle<>> sleeping_;
  std::string failure_;
};

/// A handle of libcurl with the answer's body: makes one exchange after the
/// other.
class exchange {
public:
  explicit exchange(http_loop& loop);
  ~exchange();

  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  /// co_await it; the result is the body of the answer.
  /// @param target Path and query.
  /// @param body Must live until the answer is there; null for none.
  /// @throws std::runtime_error for failures and for statuses from 400 on.
  auto send(verb method, const origin& to, const std::string& target,
            const std::string* body = nullptr) {
    struct awaiter : std::suspend_always {
      exchange& self;
      void await_suspend(std::coroutine_handle<> x) const {
        self.waiting_ = x;
        self.loop_.start(self);
      }
      const std::string& await_resume() const {
        return self.answer();
      }
    };
    prepare(method, to, target, body);
    return awaiter{{}, *this};
  }

  /// Begins an exchange that does not end; its body goes to a callback.
  void stream(const origin& to, const std::string& target,
              curl_write_callback on_bytes, void* data);

  CURL* handle() const {
    return easy_;
  }

private:
  friend http_loop;

  void prepare(verb method, const origin& to, const std::string& target,
               const std::string* body);
  const std::string& answer();

  static size_t on_body(char*, size_t, size_t, void*) noexcept;

  http_loop& loop_;
  CURL* easy_;
  std::coroutine_handle<> waiting_;
  CURLcode code_ = CURLE_OK;
  std::string body_;
  // What is attempted, for the text of an error.
  verb method_ = verb::get;
  std::string target_;
};

} // namespace dw::peer
