#include "main/api/query.hpp"

#include "main/problems.hpp"
#include "messages/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <utility>

namespace dw::api {

namespace {

caf::error refuse(std::string reply, std::string hint = {}) {
  return make_failure(errc::invalid_argument, {.operation = "read the query",
                                               .reply = std::move(reply),
                                               .hint = std::move(hint)});
}

} // namespace

caf::error check_query(const server_request& request,
                       const std::vector<std::string_view>& known) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return refuse("there is no parameter " + in_quotes(name),
                    known.empty() ? "This route has none."
                                  : fmt::format("This route has {}.",
                                                fmt::join(known, ", ")));
    if (!seen.insert(name).second)
      return refuse(name + " is there twice");
  }
  return caf::none;
}

caf::expected<int64_t>
number_of(const server_request& request, std::string_view name,
          int64_t fallback, int64_t most) {
  auto text = request.parameter(name);
  if (!text)
    return fallback;
  int64_t result = 0;
  const auto* last = text->data() + text->size();
  auto [end, err] = std::from_chars(text->data(), last, result);
  if (err != std::errc{} || end != last || result < 0)
    return refuse(std::string{name} + " is no number from 0 on");
  if (result > most)
    return refuse(std::string{name} + " is more than " + std::to_string(most));
  return result;
}

caf::expected<std::string>
text_of(const server_request& request, std::string_view name) {
  auto value = request.parameter(name);
  if (value && value->empty())
    return refuse(std::string{name} + " is empty");
  return std::string{value.value_or("")};
}

caf::expected<bool>
flag_of(const server_request& request, std::string_view name) {
  auto value = request.parameter(name);
  if (!value || *value == "0" || *value == "false")
    return false;
  if (value->empty() || *value == "1" || *value == "true")
    return true;
  return refuse(std::string{name} + " is neither true nor false");
}

} // namespace dw::api
