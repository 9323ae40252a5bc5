#include "main/terminal.hpp"

#include "transports/text.hpp"

#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

namespace dw {

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string_view escape_of(color c) {
  switch (c) {
    case color::red:
      return "\x1b[31m";
    case color::green:
      return "\x1b[32m";
    case color::yellow:
      return "\x1b[33m";
    case color::cyan:
      return "\x1b[36m";
    case color::dim:
      return "\x1b[2m";
    case color::bold:
      return "\x1b[1m";
    case color::none:
      break;
  }
  return {};
}

} // namespace

terminal inspect_terminal(int file) {
  terminal result;
  const auto* term = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
  auto is_dumb = term == nullptr || std::string_view{term} == "dumb";
  result.is_live = isatty(file) == 1 && !is_dumb;
  const auto* no_color
    = std::getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe)
  result.has_color
    = result.is_live && (no_color == nullptr || *no_color == '\0');
  winsize size{};
  if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    result.width = size.ws_col;
  if (size.ws_row > 0)
    result.height = size.ws_row;
  return result;
}

std::string paint(const terminal& out, color c, std::string_view text) {
  if (!out.has_color || c == color::none)
    return std::string{text};
  return std::string{escape_of(c)}.append(text).append("\x1b[0m");
}

std::string printable(std::string_view text) {
  if (!is_utf8(text))
    return printable(clean_text(text, text.size()));
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto length = control_length(text);
    if (length == 0 || text.front() == '\n' || text.front() == '\t') {
      length = 1;
      result += text.front();
    } else {
      result += '?';
    }
    text.remove_prefix(length);
  }
  return result;
}

std::string cut_line(std::string_view text, unsigned width) {
  size_t end = 0;
  for (unsigned shown = 0; end < text.size(); ++end)
    if (!is_continuation(text[end]) && shown++ == width)
      break;
  return std::string{text.substr(0, end)};
}

} // namespace dw
