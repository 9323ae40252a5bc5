#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace dw::test {

/// Waits until something is so. @returns whether it has come about in time.
bool await_for(std::chrono::milliseconds limit,
               const std::function<bool()>& is_so);

/// Waits until something is so, for as long as a child process is waited for.
/// @param what For the exception if it never is: "v2 serves".
void await(const std::string& what, const std::function<bool()>& is_so);

} // namespace dw::test
