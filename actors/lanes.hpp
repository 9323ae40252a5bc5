#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>

namespace dw {

/// Runs jobs with the same key one after another, and jobs with different keys
/// side by side. A job ends when `leave` is called for its key.
class lanes {
public:
  /// Runs `job` now, or as soon as all earlier ones of that key have ended.
  void enter(const std::string& key, std::function<void()> job) {
    auto [i, is_free] = waiting_.try_emplace(key);
    if (is_free)
      job();
    else
      i->second.emplace_back(std::move(job));
  }

  /// The running job of that key has ended: runs the next one.
  void leave(const std::string& key) {
    auto i = waiting_.find(key);
    if (i == waiting_.end())
      return;
    if (i->second.empty()) {
      waiting_.erase(i);
      return;
    }
    auto next = std::move(i->second.front());
    i->second.pop_front();
    next();
  }

  /// How many keys have a job running.
  size_t busy() const noexcept {
    return waiting_.size();
  }

private:
  std::unordered_map<std::string, std::deque<std::function<void()>>> waiting_;
};

/// Lets at most `limit` jobs run at a time, in the order they came.
class admission {
public:
  /// @param limit At least 1.
  explicit admission(size_t limit) : limit_{limit} {
    // nop
  }

  /// Runs `job` now, or when its turn comes.
  void enter(std::function<void()> job) {
    if (running_ == limit_) {
      waiting_.emplace_back(std::move(job));
      return;
    }
    ++running_;
    job();
  }

  /// A running job has ended: runs the next one.
  void leave() {
    if (waiting_.empty()) {
      --running_;
      return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next();
  }

  size_t running() const noexcept {
    return running_;
  }

private:
  size_t limit_;
  size_t running_ = 0;
  std::deque<std::function<void()>> waiting_;
};

} // namespace dw
