#include "main/machine_name.hpp"

#include <algorithm>

namespace dw {

bool is_machine_name(const std::string& text) {
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= 63 && text.front() != '.'
         && text.front() != '-'
         && std::all_of(text.begin(), text.end(), is_allowed);
}

} // namespace dw
