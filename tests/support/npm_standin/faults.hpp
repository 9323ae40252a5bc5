#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace npm_standin {

/// What shall go wrong with a request.
struct fault {
  /// "PUT", or "*" for any.
  std::string method = "*";
  /// "/nginx/proxy-hosts/1" without the prefix; "*" at its end stands for
  /// anything.
  std::string path = "*";
  /// How many requests it hits; zero for all until it is removed.
  std::int64_t times = 1;

  /// Wait before doing anything else.
  std::chrono::milliseconds delay{0};
  /// Answer this instead of executing the request; zero for no such fault.
  int status = 0;
  /// Commit to the database, fail in nginx.
  bool commit_before_500 = false;
  /// Close the connection without executing the request.
  bool close_before = false;
  /// Execute the request, then close the connection without an answer.
  bool close_after = false;
};

/// The faults to come. Thread-safe.
class fault_plan {
public:
  void add(fault what);
  void clear();

  /// The first fault that hits this request.
  std::optional<fault> take(const std::string& method, const std::string& path);

private:
  std::mutex mutex_;
  std::vector<fault> faults_;
};

} // namespace npm_standin
