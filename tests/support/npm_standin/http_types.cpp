#include "tests/support/npm_standin/http_types.hpp"

#include "tests/support/npm_standin/encoding.hpp"

namespace npm_standin {

std::string_view request::header(std::string_view name) const {
  const auto wanted = lower_case(name);
  for (const auto& [key, value] : headers)
    if (lower_case(key) == wanted)
      return value;
  return {};
}

void set_target(request& to, std::string_view target) {
  const auto mark = target.find('?');
  to.path = target.substr(0, mark);
  if (mark != std::string_view::npos)
    to.query = parse_form(target.substr(mark + 1));
}

std::map<std::string, std::string> parse_form(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    const auto field = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(field.size() + 1, text.size()));
    const auto sign = field.find('=');
    const auto value = sign != std::string_view::npos ? field.substr(sign + 1)
                                                      : std::string_view{};
    if (!field.empty())
      out[url_decode(field.substr(0, sign))] = url_decode(value);
  }
  return out;
}

} // namespace npm_standin
