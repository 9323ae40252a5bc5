#include "main/remote/log_lines.hpp"

#include "messages/error.hpp"

#include <string>

namespace dw::remote {

namespace {

constexpr size_t tag_size = 4;

caf::expected<log_line> line_of(std::string_view text) {
  auto tag = text.substr(0, tag_size);
  auto rest = std::string{text.substr(tag.size())};
  if (tag == "out " || tag == "err ")
    return log_line{0, tag == "err ", std::move(rest)};
  if (tag == "gap ")
    return log_line{0, true, "[" + rest + " lines were dropped]"};
  return make_failure(errc::bad_reply,
                      {.operation = "read the log",
                       .reply = "a line does not say where it is from"});
}

} // namespace

caf::expected<std::vector<log_line>> log_lines::feed(std::string_view bytes) {
  std::vector<log_line> result;
  auto err = lines_.feed(bytes, [&](std::string_view text) -> caf::error {
    auto line = line_of(text);
    if (!line)
      return std::move(line.error());
    result.push_back(std::move(*line));
    return caf::none;
  });
  if (err)
    return err;
  return result;
}

} // namespace dw::remote
