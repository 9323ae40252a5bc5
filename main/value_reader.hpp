#pragma once

#include "main/environment.hpp"
#include "main/yaml_tree.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace dw {

/// A value of the configuration and where it stands.
struct yaml_value {
  yaml_node_ptr node;
  /// "projects.shop.image".
  std::string path;
  text_position key_at;
};

/// An entry of a mapping.
yaml_value entry_of(const yaml_value& mapping, const yaml_entry& entry);

/// Reads texts out of a configuration and collects what is wrong with it. Every
/// function that takes `expected` ("a port from 1 to 65535") adds a problem if
/// it answers with nothing.
class value_reader {
public:
  /// @param env For `${NAME}`.
  /// @param directory What relative paths in the configuration start from;
  ///                  empty for the working directory.
  value_reader(environment env, std::string directory, problem_list& problems);

  bool is_mapping(const yaml_value& value, std::string_view expected);

  bool is_sequence(const yaml_value& value, std::string_view expected);

  /// A scalar with `${NAME}` replaced by the environment and `$$` by `$`.
  std::optional<std::string>
  text(const yaml_value& value, std::string_view expected);

  /// The same, where "file:PATH" stands for the content of a file without its
  /// last line end, and "file::.." for the text "file:..".
  std::optional<std::string>
  text_or_file(const yaml_value& value, std::string_view expected);

  /// The same for what must not be shown.
  std::optional<std::string>
  secret_text(const yaml_value& value, std::string_view expected);

  /// The files that "file:PATH" has named so far.
  const std::set<std::string>& files() const noexcept {
    return files_;
  }

  /// Whether a secret stands in the configuration itself.
  bool has_plain_secret() const noexcept {
    return has_plain_secret_;
  }

  /// The path of a file, relative ones being relative to the configuration.
  std::string locate(const std::string& path) const;

  /// Adds that `value` is not what is expected there.
  /// @param why What is wrong with it, in a few words; may be empty.
  void refuse(const yaml_value& value, std::string_view expected,
              std::string_view why = {});

  /// Adds that the key at `path` is not there. @param at Where it could be.
  void
  miss(text_position at, const std::string& path, std::string_view expected);

  /// Adds something else that is wrong with a value, or with its key.
  void complain(const yaml_value& value, std::string_view text);
  void complain_key(const yaml_value& value, std::string_view text);

private:
  /// The text of a scalar as it stands in the file, nothing for anything else.
  const std::string* scalar(const yaml_value& value, std::string_view expected);

  std::optional<std::string>
  substitute(const yaml_value& value, std::string_view text);

  std::optional<std::string>
  variable(const yaml_value& value, const std::string& name);

  std::optional<std::string>
  file_content(const yaml_value& value, const std::string& path);

  environment env_;
  std::string directory_;
  problem_list& problems_;
  std::set<std::string> files_;
  bool has_plain_secret_ = false;
};

} // namespace dw
