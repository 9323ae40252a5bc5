#pragma once

#include "messages/error.hpp"
#include "messages/export.hpp"
#include "messages/types.hpp" // the type id of `failure`

#include <caf/expected.hpp>
#include <caf/typed_response_promise.hpp>

#include <utility>

namespace DW_EXPORT dw {

/// The duty to answer a request. A promise of CAF 0.17 that is dropped leaves
/// its asker waiting; an obligation answers with `errc::service_restarted`.
///
/// Belongs into the state of an actor: CAF destroys the state whichever way the
/// actor ends (`quit`, exit message, kill, exception) and does so in the
/// actor's context, the only place where a promise may be delivered.
template <class T>
class obligation {
public:
  /// Owes nothing.
  obligation() = default;

  explicit obligation(caf::typed_response_promise<T> promise)
    : promise_{std::move(promise)} {
    // nop
  }

  obligation(obligation&& other) noexcept
    : promise_{std::exchange(other.promise_, {})} {
    // nop
  }

  /// What was owed until now is abandoned.
  obligation& operator=(obligation&& other) noexcept {
    obligation dropped{std::move(*this)};
    promise_ = std::exchange(other.promise_, {});
    return *this;
  }

  obligation(const obligation&) = delete;

  obligation& operator=(const obligation&) = delete;

  ~obligation() {
    if (!promise_.pending())
      return;
    failure why;
    why.reply = "the service that was working on it has ended";
    promise_.deliver(make_failure(errc::service_restarted, std::move(why)));
  }

  /// Whether somebody waits. False from the start where nobody can get an
  /// answer, as after `anon_send`.
  bool pending() const {
    return promise_.pending();
  }

  /// Answers. Does nothing unless `pending`.
  void settle(T value) {
    if (promise_.pending())
      promise_.deliver(std::move(value));
  }

  void settle(caf::error reason) {
    if (promise_.pending())
      promise_.deliver(std::move(reason));
  }

  void settle(caf::expected<T> answer) {
    if (answer)
      settle(std::move(*answer));
    else
      settle(std::move(answer.error()));
  }

private:
  caf::typed_response_promise<T> promise_;
};

} // namespace dw
