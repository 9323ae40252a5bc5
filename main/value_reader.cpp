#include "main/value_reader.hpp"

#include "actors/text_file.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <filesystem>

namespace dw {

namespace {

constexpr std::string_view file_prefix = "file:";

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_';
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && (name.front() < '0' || name.front() > '9')
         && std::all_of(name.begin(), name.end(), is_name_char);
}

/// A value as it may be shown. Its text is what the file says, not what the
/// environment does; a URL may hold a password all the same.
std::string shown(const yaml_node& x) {
  if (x.type != yaml_node::kind::scalar)
    return describe(x);
  auto may_be_login = x.text.find('@') != std::string::npos
                      && x.text.find(':') != std::string::npos;
  return may_be_login ? "a text that may hold a password" : in_quotes(x.text);
}

// "file::x" is the text "file:x".
bool is_escaped(const std::string& raw) {
  return raw.starts_with("file::");
}

std::string unescaped(const std::string& raw) {
  return std::string{file_prefix} + raw.substr(file_prefix.size() + 1);
}

bool names_file(const std::string& raw) {
  return raw.starts_with(file_prefix) && !is_escaped(raw);
}

void remove_line_end(std::string& text) {
  if (!text.ends_with('\n'))
    return;
  text.pop_back();
  if (text.ends_with('\r'))
    text.pop_back();
}

} // namespace

yaml_value entry_of(const yaml_value& mapping, const yaml_entry& entry) {
  return {entry.value, join_key(mapping.path, entry.key), entry.key_at};
}

value_reader::value_reader(environment env, std::string directory,
                           problem_list& problems)
  : env_{std::move(env)}, directory_{std::move(directory)}, problems_{
                                                              problems} {
  // nop
}

bool value_reader::is_mapping(const yaml_value& value,
                              std::string_view expected) {
  if (value.node->type == yaml_node::kind::mapping)
    return true;
  refuse(value, expected);
  return false;
}

bool value_reader::is_sequence(const yaml_value& value,
                               std::string_view expected) {
  if (value.node->type == yaml_node::kind::sequence)
    return true;
  refuse(value, expected);
  return false;
}

std::optional<std::string>
value_reader::text(const yaml_value& value, std::string_view expected) {
  const auto* raw = scalar(value, expected);
  if (raw == nullptr)
    return std::nullopt;
  return substitute(value, *raw);
}

std::optional<std::string>
value_reader::text_or_file(const yaml_value& value, std::string_view expected) {
  const auto* raw = scalar(value, expected);
  if (raw == nullptr)
    return std::nullopt;
  if (!names_file(*raw))
    return substitute(value, is_escaped(*raw) ? unescaped(*raw) : *raw);
  auto path = substitute(value, raw->substr(file_prefix.size()));
  if (!path)
    return std::nullopt;
  return file_content(value, locate(*path));
}

std::optional<std::string>
value_reader::secret_text(const yaml_value& value, std::string_view expected) {
  auto result = text_or_file(value, expected);
  const auto& raw = value.node->text;
  if (result && !names_file(raw) && raw.find("${") == std::string::npos)
    has_plain_secret_ = true;
  return result;
}

std::string value_reader::locate(const std::string& path) const {
  return (std::filesystem::path{directory_} / path).string();
}

void value_reader::refuse(const yaml_value& value, std::string_view expected,
                          std::string_view why) {
  auto text = "found " + shown(*value.node);
  if (!why.empty())
    text.append(" (").append(why).append(")");
  complain(value, text.append(", expected ").append(expected));
}

void value_reader::miss(text_position at, const std::string& path,
                        std::string_view expected) {
  problems_.add(at, path,
                std::string{"is missing, expected "}.append(expected));
}

void value_reader::complain(const yaml_value& value, std::string_view text) {
  problems_.add(value.node->at, value.path, text);
}

void value_reader::complain_key(const yaml_value& value,
                                std::string_view text) {
  problems_.add(value.key_at, value.path, text);
}

const std::string*
value_reader::scalar(const yaml_value& value, std::string_view expected) {
  if (value.node->type != yaml_node::kind::scalar) {
    refuse(value, expected);
    return nullptr;
  }
  // An escape such as "\0" can write what no other program takes.
  if (!is_text(value.node->text)) {
    complain(value, "has a NUL character");
    return nullptr;
  }
  return &value.node->text;
}

std::optional<std::string>
value_reader::substitute(const yaml_value& value, std::string_view text) {
  std::string result;
  auto complete = true;
  while (!text.empty()) {
    auto dollar = text.find('$');
    result += text.substr(0, dollar);
    if (dollar == std::string_view::npos)
      break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      result += '$';
      text.remove_prefix(1);
      continue;
    }
    auto end = text.find('}');
    if (!text.starts_with('{') || end == std::string_view::npos
        || !is_variable_name(text.substr(1, end - 1))) {
      complain(value, "has a $ that begins no ${NAME}: write $$ for the sign");
      return std::nullopt;
    }
    if (auto x = variable(value, std::string{text.substr(1, end - 1)}))
      result += *x;
    else
      complete = false;
    text.remove_prefix(end + 1);
  }
  return complete ? std::optional{std::move(result)} : std::nullopt;
}

std::optional<std::string>
value_reader::variable(const yaml_value& value, const std::string& name) {
  auto result = env_(name);
  if (!result) {
    complain(value,
             "needs the environment variable " + name + ", which is not set");
  } else if (!is_text(*result)) {
    complain(value, "needs the environment variable " + name
                      + ", which is not UTF-8 text");
    result.reset();
  }
  return result;
}

std::optional<std::string>
value_reader::file_content(const yaml_value& value, const std::string& path) {
  auto result = read_text_file(path);
  if (!result) {
    // A variable may have the secret itself, by mistake.
    const auto& raw = value.node->text;
    auto shown_path = raw.find("${") == std::string::npos
                        ? path
                        : raw.substr(file_prefix.size());
    complain(value, "cannot read the file " + in_quotes(shown_path) + ": "
                      + failure_of(result.error()).reply);
    return std::nullopt;
  }
  files_.insert(path);
  remove_line_end(*result);
  return std::move(*result);
}

} // namespace dw
