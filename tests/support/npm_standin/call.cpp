#include "tests/support/npm_standin/call.hpp"

#include "tests/support/npm_standin/failure.hpp"

#include <charconv>

namespace npm_standin {

std::string call::query(const std::string& name) const {
  auto i = in.query.find(name);
  return i != in.query.end() ? i->second : std::string{};
}

reply json_reply(int status, const json& body) {
  return {status, "application/json; charset=utf-8", body.dump(), {}, false};
}

json& valid_body(call& c, const schema& expected, npm_version version) {
  if (!c.body)
    throw failure{400, "Payload is undefined"};
  validate(expected, *c.body, version);
  return *c.body;
}

std::optional<std::int64_t> lenient_id(const call& c) {
  std::int64_t out = 0;
  const auto* end = c.id.data() + c.id.size();
  if (std::from_chars(c.id.data(), end, out).ec != std::errc{})
    return std::nullopt;
  return out;
}

std::int64_t strict_id(const call& c) {
  auto id = lenient_id(c);
  if (!id || *id < 1 || c.id.find_first_not_of("0123456789") != c.id.npos)
    throw internal_error(400);
  return *id;
}

} // namespace npm_standin
