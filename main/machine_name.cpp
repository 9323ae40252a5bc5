#include "main/machine_name.hpp"

#include "main/problems.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <utility>

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

caf::error refuse_machine_name(std::string operation, const std::string& name) {
  return make_failure(errc::invalid_argument,
                      {.operation = std::move(operation),
                       .object = in_quotes(name),
                       .reply = "a name has 1 to 63 letters, digits, dots, "
                                "hyphens and underscores"});
}

} // namespace dw
