#include "messages/http.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 5> method_names{
  "GET", "HEAD", "POST", "PUT", "DELETE",
};

} // namespace

std::string to_string(http_method x) {
  return enum_name(method_names, x);
}

std::string to_string(const http_request& x) {
  return to_string(x.method) + " " + x.target;
}

std::string to_string(const http_response& x) {
  return x.operation + " " + x.object + ": " + std::to_string(x.status);
}

std::string_view http_response::header(std::string_view name) const noexcept {
  for (const auto& x : headers)
    if (x.name == name)
      return x.value.reveal();
  return {};
}

} // namespace dw
