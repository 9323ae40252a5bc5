#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npm_standin {

using header_list = std::vector<std::pair<std::string, std::string>>;

/// A request as it arrived.
struct request {
  std::string method;
  /// Without the query.
  std::string path;
  /// Decoded; the last of several equal names.
  std::map<std::string, std::string> query;
  header_list headers;
  std::string body;

  /// The header's value, empty if absent; names in any case.
  std::string_view header(std::string_view name) const;
};

/// An answer.
struct reply {
  int status = 200;
  /// Empty for an answer without a body.
  std::string content_type;
  std::string body;
  /// Further headers.
  header_list headers;
  /// Close the connection instead of answering.
  bool hang_up = false;
};

/// Splits "/path?a=b" into path and query.
void set_target(request& to, std::string_view target);

/// Decodes "a=1&b=2".
std::map<std::string, std::string> parse_form(std::string_view text);

} // namespace npm_standin
