#pragma once

#include "messages/http.hpp"
#include "tests/support/scripted_server.hpp"
#include "transports/http_loop.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dw::test {

/// What became of an exchange: a response or a failure.
using http_end = std::variant<http_response, http_failure>;

/// Keeps what an `http_loop` reports, and lets a test wait for it.
class http_recorder final : public http_observer {
public:
  void on_reports(std::vector<http_report> batch) override {
    std::lock_guard guard{mutex_};
    for (auto& report : batch)
      std::visit([&](auto& x) { keep(exchanges_[report.id], x); }, report.what);
    changed_.notify_all();
  }

  /// Waits for the end of an exchange.
  http_end wait(uint64_t id) {
    std::unique_lock guard{mutex_};
    await(guard, [&] { return exchanges_[id].end.has_value(); });
    return *exchanges_[id].end;
  }

  /// Waits until at least `size` bytes of a stream have come. @returns all.
  std::string wait_bytes(uint64_t id, size_t size) {
    std::unique_lock guard{mutex_};
    await(guard, [&] { return exchanges_[id].bytes.size() >= size; });
    return exchanges_[id].bytes;
  }

  /// Waits until a stream stands. @returns its status.
  int wait_status(uint64_t id) {
    std::unique_lock guard{mutex_};
    await(guard, [&] { return exchanges_[id].chunk_status != 0; });
    return exchanges_[id].chunk_status;
  }

  bool ended(uint64_t id) {
    std::lock_guard guard{mutex_};
    return exchanges_[id].end.has_value();
  }

  /// The bytes of a stream until now.
  std::string bytes(uint64_t id) {
    std::lock_guard guard{mutex_};
    return exchanges_[id].bytes;
  }

  /// The status that came with them.
  int chunk_status(uint64_t id) {
    std::lock_guard guard{mutex_};
    return exchanges_[id].chunk_status;
  }

private:
  struct exchange {
    std::string bytes;
    int chunk_status = 0;
    std::optional<http_end> end;
  };

  static void keep(exchange& x, http_chunk& chunk) {
    x.bytes += chunk.bytes;
    x.chunk_status = chunk.status;
  }

  template <class End>
  static void keep(exchange& x, End& end) {
    if (x.end)
      throw std::logic_error{"an exchange ended twice"};
    x.end = std::move(end);
  }

  // Only a defect makes a test wait this long.
  template <class Predicate>
  void await(std::unique_lock<std::mutex>& guard, Predicate predicate) {
    if (!changed_.wait_for(guard, std::chrono::seconds{40}, predicate))
      throw std::runtime_error{"the loop does not report"};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<uint64_t, exchange> exchanges_;
};

/// A loop and its recorder.
struct loop_fixture {
  using transport = scripted_server::transport;

  std::shared_ptr<http_recorder> recorder = std::make_shared<http_recorder>();
  std::unique_ptr<http_loop> loop = std::make_unique<http_loop>();
  uint64_t last_id = 0;

  static http_request
  make_request(http_origin origin, std::string target = "/") {
    http_request x;
    x.operation = "test";
    x.object = "it";
    x.peer = "server";
    x.origin = std::move(origin);
    x.target = std::move(target);
    return x;
  }

  uint64_t start(http_request request, bool streaming = false) {
    loop->start(++last_id, std::move(request), streaming, recorder);
    return last_id;
  }

  /// Makes an exchange that must succeed.
  http_response exchange(http_request request) {
    return response_of(start(std::move(request)));
  }

  /// Makes an exchange that must fail.
  http_failure failure(http_request request) {
    return failure_of(start(std::move(request)));
  }

  http_response response_of(uint64_t id) {
    auto end = recorder->wait(id);
    if (auto* x = std::get_if<http_failure>(&end))
      throw std::runtime_error{"failed: " + to_string(x->code) + ": "
                               + x->reply};
    return std::get<http_response>(end);
  }

  http_failure failure_of(uint64_t id) {
    auto end = recorder->wait(id);
    if (auto* x = std::get_if<http_response>(&end))
      throw std::runtime_error{"succeeded: " + std::to_string(x->status)};
    return std::get<http_failure>(end);
  }
};

} // namespace dw::test
