#include "main/api/query.hpp"

#include "messages/error.hpp"

#include <charconv>
#include <string>

namespace dw::api {

caf::expected<int64_t> number_of(const server_request& request,
                                 std::string_view name, int64_t fallback) {
  auto text = request.parameter(name);
  if (!text)
    return fallback;
  int64_t result = 0;
  const auto* last = text->data() + text->size();
  auto [end, err] = std::from_chars(text->data(), last, result);
  if (err == std::errc{} && end == last && result >= 0)
    return result;
  return make_failure(errc::invalid_argument,
                      {.operation = "read the query",
                       .reply = std::string{name} + " is no number"});
}

bool is_set(const server_request& request, std::string_view name) {
  auto value = request.parameter(name);
  return value && *value != "0" && *value != "false";
}

} // namespace dw::api
