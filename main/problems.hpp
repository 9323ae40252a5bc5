#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// A place in a text, both from 1 on; 0 for nowhere.
struct text_position {
  int line = 0;
  int column = 0;

  friend auto operator<=>(const text_position&, const text_position&) = default;
};

/// What is wrong with a configuration, collected so that all of it can be told
/// at once.
class problem_list {
public:
  /// @param file As the user called it.
  explicit problem_list(std::string file);

  /// @param key The path of the key, "projects.shop.image"; may be empty.
  /// @param text What is wrong and what is expected. Must not show secrets.
  void add(text_position at, std::string_view key, std::string_view text);

  bool empty() const noexcept {
    return problems_.empty();
  }

  /// "file:line:column: key: text" lines in the order of the file.
  std::string to_string() const;

private:
  struct problem {
    text_position at;
    std::string text;
  };

  std::string file_;
  std::vector<problem> problems_;
};

/// `text` in double quotes, shortened, and fit for a terminal.
std::string in_quotes(std::string_view text);

/// The path of a key below another: "a.b", and `a."b.c"` where dots would
/// mislead.
std::string join_key(std::string_view path, std::string_view key);

/// The one of `candidates` that was probably meant by `text`, or an empty
/// string.
std::string
closest(std::string_view text, const std::vector<std::string>& candidates);

} // namespace dw
