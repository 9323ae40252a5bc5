#pragma once

#include <string>
#include <string_view>

namespace dw {

/// What can be shown on a stream.
struct terminal {
  /// The stream is a terminal, so lines may be redrawn.
  bool is_live = false;
  bool has_color = false;
  /// In characters.
  unsigned width = 80;
  unsigned height = 24;
};

/// Finds out about a file descriptor: colours and redrawing only on a terminal,
/// and no colours if NO_COLOR has a value; neither if TERM is "dumb" or not
/// set.
terminal inspect_terminal(int file);

enum class color { none, red, green, yellow, cyan, dim, bold };

/// `text` in a colour, if the terminal has any.
std::string paint(const terminal& out, color c, std::string_view text);

/// Makes text of others harmless for a terminal: control characters other than
/// line ends and tabs become '?', those beyond ASCII (U+0080 to U+009F) too.
std::string printable(std::string_view text);

/// Cuts a line to at most `width` characters, counting UTF-8 sequences as one.
std::string cut_line(std::string_view text, unsigned width);

} // namespace dw
