#include "tests/support/npm_standin/request_body.hpp"

#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/failure.hpp"

namespace npm_standin {

namespace {

constexpr std::size_t largest_body = 102'400;

void require_utf(const std::string& content_type) {
  constexpr std::string_view key = "charset=";
  const auto at = content_type.find(key);
  if (at == std::string::npos)
    return;
  auto charset = std::string_view{content_type}.substr(at + key.size());
  if (charset.starts_with('"'))
    charset.remove_prefix(1);
  if (!charset.starts_with("utf-"))
    throw internal_error(415);
}

json parse_json(const std::string& text) {
  auto out = json::parse(text);
  if (!out || (!out->is_object() && !out->is_array()))
    throw internal_error(400);
  return std::move(*out);
}

} // namespace

std::optional<json> parse_body(const request& in) {
  const auto content_type = lower_case(in.header("content-type"));
  const auto media_type
    = content_type.substr(0, content_type.find_first_of("; "));
  const auto is_json = media_type == "application/json";
  if (in.body.empty()
      || (!is_json && media_type != "application/x-www-form-urlencoded"))
    return std::nullopt;
  require_utf(content_type);
  if (in.body.size() > largest_body)
    throw internal_error(413);
  if (is_json)
    return parse_json(in.body);
  json out = json::object{};
  for (const auto& [name, value] : parse_form(in.body))
    out[name] = value;
  return out;
}

} // namespace npm_standin
