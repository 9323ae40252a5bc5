#pragma once

#include "bench/peers/floor/http_loop.hpp"

#include <coroutine>
#include <deque>
#include <utility>

namespace dw::peer {

/// Lets one coroutine at a time pass, in the order in which they came.
class turn {
public:
  /// Ends the turn when it is destroyed.
  class guard {
  public:
    explicit guard(turn& x) : turn_{&x} {
      // nop
    }

    guard(guard&& other) noexcept : turn_{std::exchange(other.turn_, nullptr)} {
      // nop
    }

    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    guard& operator=(guard&&) = delete;

    ~guard() {
      if (turn_ != nullptr)
        turn_->pass_on();
    }

  private:
    turn* turn_;
  };

  explicit turn(http_loop& loop) : loop_{loop} {
    // nop
  }

  /// co_await it; the result is a guard.
  auto take() {
    struct awaiter {
      turn& self;

      bool await_ready() const noexcept {
        return !std::exchange(self.is_taken_, true);
      }

      void await_suspend(std::coroutine_handle<> x) const {
        self.waiting_.push_back(x);
      }

      guard await_resume() const noexcept {
        return guard{self};
      }
    };
    return awaiter{*this};
  }

private:
  void pass_on() {
    if (waiting_.empty()) {
      is_taken_ = false;
      return;
    }
    loop_.resume_soon(waiting_.front());
    waiting_.pop_front();
  }

  http_loop& loop_;
  bool is_taken_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

} // namespace dw::peer
