#pragma once

#include <string_view>

namespace dw {

/// Tells systemd about us (sd_notify(3)), if it started us and wants to know.
/// @param state "READY=1" and so on.
void tell_service_manager(std::string_view state);

} // namespace dw
