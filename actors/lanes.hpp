#pragma once

#include "messages/export.hpp"

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace DW_EXPORT dw {

/// Runs jobs with the same key one after another, and jobs with different keys
/// side by side. A job ends when `leave` is called for its key, which it may do
/// by itself before it returns.
class lanes {
public:
  /// Runs `job` now, or as soon as all earlier ones of that key have ended.
  void enter(const std::string& key, std::function<void()> job) {
    auto& lane = lanes_[key];
    lane.waiting.emplace_back(std::move(job));
    advance(key, lane);
  }

  /// The running job of that key has ended: runs the next one.
  void leave(const std::string& key) {
    auto i = lanes_.find(key);
    if (i == lanes_.end())
      return;
    i->second.is_busy = false;
    advance(key, i->second);
  }

  /// How many keys have a job running.
  size_t busy() const noexcept {
    return lanes_.size();
  }

private:
  struct lane_state {
    std::deque<std::function<void()>> waiting;
    bool is_busy = false;
    bool is_advancing = false;
  };

  // A loop, not a recursion: jobs may end at once, thousands in a row.
  void advance(const std::string& key, lane_state& lane) {
    if (lane.is_advancing)
      return;
    lane.is_advancing = true;
    while (!lane.is_busy && !lane.waiting.empty()) {
      auto next = std::move(lane.waiting.front());
      lane.waiting.pop_front();
      lane.is_busy = true;
      next();
    }
    lane.is_advancing = false;
    if (!lane.is_busy)
      lanes_.erase(key);
  }

  std::unordered_map<std::string, lane_state> lanes_;
};

/// Lets at most `limit` jobs run at a time, in the order they came. A job ends
/// when `leave` is called, which it may do by itself before it returns.
class admission {
public:
  /// @param limit At least 1.
  explicit admission(size_t limit) : limit_{limit} {
    // nop
  }

  /// Runs `job` now, or when its turn comes.
  void enter(std::function<void()> job) {
    waiting_.emplace_back(std::move(job));
    advance();
  }

  /// A running job has ended: runs the next one.
  void leave() {
    --running_;
    advance();
  }

  size_t running() const noexcept {
    return running_;
  }

private:
  void advance() {
    if (is_advancing_)
      return;
    is_advancing_ = true;
    while (running_ < limit_ && !waiting_.empty()) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      ++running_;
      next();
    }
    is_advancing_ = false;
  }

  size_t limit_;
  size_t running_ = 0;
  bool is_advancing_ = false;
  std::deque<std::function<void()>> waiting_;
};

} // namespace dw
