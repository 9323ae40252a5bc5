#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dw::test {

/// One request of a visitor, and what came of it.
struct visit {
  using time_point = std::chrono::steady_clock::time_point;

  time_point began;
  time_point ended;
  bool keeps_alive = false;
  /// Connections that were opened for it. For one who keeps alive 0 is usual,
  /// and 1 means that nginx had closed the one before, or closed it instead of
  /// answering.
  long connections = 0;
  /// 0 if no answer came; then `problem` says why.
  int status = 0;
  std::string problem;
  /// "v1", of the shop's answer "shop v1"; else the answer's beginning.
  std::string version;
  /// Of the header X-Instance-Id.
  std::string instance_id;
};

/// Visitors of a shop who ask for its front page again and again: some on a new
/// connection each time, some on one that they keep. What fails is recorded and
/// not repeated, with one exception: a connection that was kept and ended
/// without an answer, as it may at any time, is replaced by a new one.
class visitors {
public:
  /// @param url Of the proxy.
  /// @param domain Of the shop.
  visitors(std::string url, std::string domain, size_t with_new_connections,
           size_t with_kept_connections);

  /// Calls stop().
  ~visitors();

  visitors(const visitors&) = delete;
  visitors& operator=(const visitors&) = delete;

  /// Waits until that many requests have been answered or have failed.
  /// @returns whether they have in time.
  bool wait_for(size_t count, std::chrono::seconds limit);

  /// Sends them home; whoever waits for an answer gets it first.
  /// @returns all visits, in the order of their beginnings.
  std::vector<visit> stop();

private:
  void run(bool keeps_alive);
  /// @returns whether to go on.
  bool pause();
  void record(visit what);

  std::string url_;
  std::string domain_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable closing_;
  bool is_closed_ = false;    // guarded by mutex_
  std::vector<visit> visits_; // guarded by mutex_
  std::vector<std::thread> threads_;
};

} // namespace dw::test
