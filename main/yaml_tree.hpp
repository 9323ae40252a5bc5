#pragma once

#include "main/problems.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

struct yaml_node;

/// Nodes are shared between an anchor and its aliases, and never change.
using yaml_node_ptr = std::shared_ptr<const yaml_node>;

/// A key of a mapping and what it stands for.
struct yaml_entry {
  std::string key;
  text_position key_at;
  yaml_node_ptr value;
};

/// A YAML document, or a part of it. Scalars are texts: whoever reads one knows
/// what it should be, so `1.10` keeps its zero and `no` stays a word.
struct yaml_node {
  enum class kind { null, scalar, sequence, mapping };

  kind type = kind::null;
  text_position at;
  /// Of a scalar.
  std::string text;
  /// Of a sequence.
  std::vector<yaml_node_ptr> items;
  /// Of a mapping, in the order of the file, each key once, `<<` replaced by
  /// what it merges.
  std::vector<yaml_entry> entries;
};

/// The entry of a mapping, or nullptr.
const yaml_entry* find_entry(const yaml_node& mapping, std::string_view key);

/// "nothing", "text", "a list" or "a mapping".
std::string describe(const yaml_node& x);

/// Reads a document. What is wrong goes to `problems`: a syntax error ends the
/// reading, while duplicate keys, tags and bad merges do not.
/// @returns nullptr after a syntax error.
yaml_node_ptr read_yaml(const std::string& text, problem_list& problems);

} // namespace dw
