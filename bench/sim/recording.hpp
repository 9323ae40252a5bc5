#pragma once

#include <rapidjson/document.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The answers of the simulators have the shapes of recorded ones: the files of
// tests/contract, read once at the start.

namespace dw::sim {

using json = rapidjson::Document;

/// The body of a recorded answer as JSON. Throws `std::runtime_error`.
/// @param name Relative to tests/contract, without ".json".
json recorded_body(const std::string& name);

/// The pieces of a recorded stream.
std::vector<std::string> recorded_stream(const std::string& name);

std::string to_text(const rapidjson::Value& x);

/// `text` as a JSON string, with its quotes.
std::string json_string(std::string_view text);

/// A text with gaps, made from a recording.
class reply_template {
public:
  /// @param body The recording.
  /// @param gaps JSON pointers of the values to be filled in, in the order of
  ///             `fill`'s arguments. What is not there is added.
  /// @param repeated A text that occurs in several strings: it is the gap after
  ///                 all others. Empty for none.
  reply_template(json body, const std::vector<std::string>& gaps,
                 const std::string& repeated = {});

  /// Appends the text with the gaps filled.
  /// @param values JSON for each of the gaps; plain text for `repeated`.
  void fill(std::string& to, std::span<const std::string_view> values) const;

private:
  struct part {
    std::string literal;
    size_t gap;
  };

  std::vector<part> parts_;
  std::string end_;
};

} // namespace dw::sim
