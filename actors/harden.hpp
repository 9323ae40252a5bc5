#pragma once

#include "messages/error.hpp"
#include "messages/types.hpp" // the type id of `failure`

#include <spdlog/spdlog.h>

#include <exception>
#include <string>
#include <utility>

namespace dw {

/// Replaces two defaults of CAF 0.17 that do not suit a service. Call it first
/// in every actor that others depend on.
///
/// - An error message that nobody asked for ends the actor; now it is logged.
/// - An exception ends the actor with an error that hides what was thrown; now
///   it ends the actor, because its state cannot be trusted any more, with
///   `errc::internal` and the text of the exception.
template <class Self>
void harden(Self* self) {
  self->set_error_handler([self](const caf::error& reason) {
    spdlog::warn("{} #{} ignores a stray error: {}", self->name(), self->id(),
                 render(reason));
  });
  self->set_exception_handler([self](std::exception_ptr& thrown) {
    std::string what = "unknown exception";
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& x) {
      what = x.what();
    } catch (...) {
      // nop
    }
    spdlog::error("{} #{} ends with an exception: {}", self->name(), self->id(),
                  what);
    return make_failure(errc::internal, {.object = self->name(),
                                         .reply = std::move(what),
                                         .hint = "This is a bug: please "
                                                 "report it."});
  });
}

} // namespace dw
