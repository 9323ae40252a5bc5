#pragma once

#include <string_view>

namespace dw {

/// Says what the lines of the log are about that this thread writes while it
/// lives. The texts must live as long.
class log_context {
public:
  log_context(std::string_view id, std::string_view of_project,
              std::string_view of_stage) noexcept
    : deploy_id{id}, project{of_project}, stage{of_stage}, outer_{current_} {
    current_ = this;
  }

  ~log_context() {
    current_ = outer_;
  }

  log_context(const log_context&) = delete;
  log_context& operator=(const log_context&) = delete;

  /// The innermost one of this thread; null if there is none.
  static const log_context* current() noexcept {
    return current_;
  }

  const std::string_view deploy_id;
  const std::string_view project;
  const std::string_view stage;

private:
  const log_context* outer_;
  static inline thread_local const log_context* current_ = nullptr;
};

} // namespace dw
