#pragma once

#include "messages/error.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/temp_directory.hpp"
#include "transports/http_server.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace dw::test {

/// Values that one thread makes and another waits for.
template <class T>
class mailbox {
public:
  void put(T x) {
    std::lock_guard guard{mutex_};
    items_.push_back(std::move(x));
    changed_.notify_all();
  }

  T take() {
    std::unique_lock guard{mutex_};
    // Only a defect makes a test wait this long.
    if (!changed_.wait_for(guard, std::chrono::seconds{40},
                           [this] { return !items_.empty(); }))
      throw std::runtime_error{"nothing comes"};
    auto result = std::move(items_.front());
    items_.pop_front();
    return result;
  }

  bool empty() {
    std::lock_guard guard{mutex_};
    return items_.empty();
  }

  void clear() {
    std::lock_guard guard{mutex_};
    items_.clear();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
};

/// A server on a unix socket and on TCP.
struct server_fixture {
  struct incoming {
    server_request request;
    responder answer;
  };

  temp_directory dir;
  std::string path = dir.path("socket");
  server_limits limits;
  /// Requests that the test has to answer, unless there is another handler.
  mailbox<incoming> requests;
  std::unique_ptr<http_server> server;

  ~server_fixture() {
    requests.clear(); // which answers 500
    server.reset();
  }

  void start() {
    start([this](server_request request, responder answer) {
      requests.put({std::move(request), std::move(answer)});
    });
  }

  void start(http_server::handler serve) {
    auto made = http_server::start({unix_listener{path}, tcp_listener{}},
                                   limits, std::move(serve));
    if (!made)
      throw std::runtime_error{render(made.error())};
    server = std::move(*made);
  }

  raw_client connect() const {
    return raw_client::to_path(path);
  }

  raw_client connect_tcp() const {
    return raw_client::to_port(server->ports().at(1));
  }

  /// Has the next request answered by its target's last segment.
  void answer_next() {
    auto x = requests.take();
    x.answer.answer({.body = x.request.path.back()});
  }
};

} // namespace dw::test
