#include "transports/server_request.hpp"

#include <algorithm>

namespace dw {

std::string_view server_request::header(std::string_view name) const noexcept {
  auto i = std::find_if(headers.begin(), headers.end(),
                        [name](const auto& x) { return x.name == name; });
  return i == headers.end() ? std::string_view{} : i->value.reveal();
}

std::optional<std::string_view>
server_request::parameter(std::string_view name) const noexcept {
  auto i = std::find_if(query.begin(), query.end(),
                        [name](const auto& x) { return x.first == name; });
  if (i == query.end())
    return std::nullopt;
  return i->second;
}

} // namespace dw
