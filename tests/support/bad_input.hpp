#pragma once

#include "tests/support/temp_directory.hpp"

#include <yaml-cpp/yaml.h>

#include <string>
#include <string_view>
#include <vector>

namespace dw::test {

/// Expands what a table of bad inputs writes for what YAML or an editor cannot
/// have: "{ff}" is that byte, "{x*300}" 300 times x, and "{dir}" the directory
/// of the test. All other braces stay.
inline std::string expand(std::string_view text, const std::string& dir) {
  std::string result;
  while (!text.empty()) {
    auto end = text.front() == '{' ? text.find('}') : std::string_view::npos;
    auto word = end == std::string_view::npos
                  ? std::string{}
                  : std::string{text.substr(1, end - 1)};
    auto is_byte = word.size() == 2
                   && word.find_first_not_of("0123456789abcdef") == word.npos;
    auto is_many = word.size() > 2 && word[1] == '*'
                   && word.find_first_not_of("0123456789", 2) == word.npos;
    if (is_byte)
      result += static_cast<char>(std::stoi(word, nullptr, 16));
    else if (is_many)
      result.append(std::stoul(word.substr(2)), word[0]);
    else if (word == "dir")
      result += dir;
    else
      result += text.front();
    text.remove_prefix(is_byte || is_many || word == "dir" ? end + 1 : 1);
  }
  return result;
}

/// The text of a row's member; `fallback` if it has none.
inline std::string
text_of(const YAML::Node& row, const char* name, const std::string& dir,
        const std::string& fallback = {}) {
  return row[name] ? expand(row[name].as<std::string>(), dir) : fallback;
}

/// Writes the files that a table lists.
inline void write_files(const YAML::Node& files, const temp_directory& dir) {
  for (const auto& x : files)
    dir.write(x.first.as<std::string>(),
              expand(x.second.as<std::string>(), dir.path()));
}

} // namespace dw::test
