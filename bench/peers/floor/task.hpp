#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace dw::peer {

/// What all promises have: whom to resume, and what was thrown.
class task_promise_base {
public:
  std::suspend_always initial_suspend() noexcept {
    return {};
  }

  auto final_suspend() noexcept {
    struct awaiter : std::suspend_always {
      std::coroutine_handle<> next;
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
        return next;
      }
    };
    return awaiter{{}, continuation};
  }

  void unhandled_exception() noexcept {
    thrown = std::current_exception();
  }

  std::coroutine_handle<> continuation;
  std::exception_ptr thrown;
};

template <class T>
class task_promise : public task_promise_base {
public:
  void return_value(T x) {
    value_ = std::move(x);
  }

  T result() {
    return std::move(*value_);
  }

private:
  std::optional<T> value_;
};

template <>
class task_promise<void> : public task_promise_base {
public:
  void return_void() {
    // nop
  }

  void result() {
    // nop
  }
};

/// A coroutine that begins when it is awaited, and is awaited once.
template <class T>
class [[nodiscard]] task {
public:
  struct promise_type : task_promise<T> {
    task get_return_object() {
      return task{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
  };

  task(task&& other) noexcept : self_{std::exchange(other.self_, {})} {
    // nop
  }

  task(const task&) = delete;
  task& operator=(const task&) = delete;
  task& operator=(task&&) = delete;

  ~task() {
    if (self_)
      self_.destroy();
  }

  bool await_ready() const noexcept {
    return false;
  }

  std::coroutine_handle<> await_suspend(std::coroutine_handle<> next) noexcept {
    self_.promise().continuation = next;
    return self_;
  }

  T await_resume() {
    if (self_.promise().thrown)
      std::rethrow_exception(self_.promise().thrown);
    return self_.promise().result();
  }

private:
  explicit task(std::coroutine_handle<promise_type> self) : self_{self} {
    // nop
  }

  std::coroutine_handle<promise_type> self_;
};

/// A coroutine that nobody awaits. It must not throw.
struct detached {
  struct promise_type {
    detached get_return_object() {
      return {};
    }

    std::suspend_never initial_suspend() noexcept {
      return {};
    }

    std::suspend_never final_suspend() noexcept {
      return {};
    }

    void return_void() {
      // nop
    }

    void unhandled_exception() noexcept {
      std::terminate();
    }
  };
};

} // namespace dw::peer
