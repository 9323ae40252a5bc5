#pragma once

#include "messages/error.hpp"
#include "messages/export.hpp"

#include <rapidjson/fwd.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Reading and writing JSON of others. Peers differ by version and may be
// anything, so reading tolerates what is absent, null, extra or of another
// type, and complains only where a member is needed.

namespace DW_EXPORT dw {
namespace json {

/// How deep a text may nest, and how many values it may have; beyond that it is
/// `errc::too_large`. A value costs 16 bytes or more while it is read.
constexpr size_t max_depth = 64;
constexpr size_t max_values = size_t{4} * 1024 * 1024;

class document;
class writer;

/// A place in a document, which it must not outlive. Cheap to copy.
class value {
public:
  value(document* owner, const rapidjson::Value* data, const char* name);

  /// Whether there is something other than null.
  explicit operator bool() const;

  bool is_object() const;
  bool is_array() const;
  bool is_text() const;
  /// Whether it is an integer that `number` can return.
  bool is_number() const;
  bool is_flag() const;

  /// The text, the number, the truth itself; empty, 0, false for other types.
  std::string text() const;
  int64_t number() const;
  bool flag() const;

  // -- members of an object ---------------------------------------------------
  // Names must be literals: problems refer to them.

  /// The member, whatever it is.
  value member(const char* name) const;

  std::string text(const char* name) const;

  /// Integers from INT64_MIN to INT64_MAX; 0 for other numbers.
  int64_t number(const char* name) const;

  bool flag(const char* name) const;

  /// The texts of an array; elements of other types are left out.
  std::vector<std::string> texts(const char* name) const;

  /// The members of an object that are texts.
  std::map<std::string, std::string> text_map(const char* name) const;

  /// Like the above, but it is a problem if the member is not there, null, of
  /// another type, or an empty text.
  std::string needed_text(const char* name) const;
  int64_t needed_number(const char* name) const;
  value needed_object(const char* name) const;
  value needed_array(const char* name) const;

  // -- elements of an array or object, in the order of the text ---------------

  /// How many there are; 0 for other types.
  size_t size() const;

  /// Requires `index < size()`.
  value element(size_t index) const;

  /// The name of an object's member. Requires `index < size()`.
  std::string key(size_t index) const;

  /// What is here as a text without white space.
  std::string json() const;

  /// Remembers that what is here cannot be used.
  void reject(const char* what) const;

private:
  friend writer;

  document* owner_;
  const rapidjson::Value* data_;
  const char* name_;
};

/// A text that was read. Remembers the first problem that was found, so that a
/// parser can read everything and ask once, at its end.
class document {
public:
  /// Reads a complete text.
  explicit document(std::string text);

  ~document();

  document(const document&) = delete;
  document& operator=(const document&) = delete;

  /// Null if the text could not be read.
  value root();

  /// Whether nothing was wrong so far.
  bool ok() const noexcept {
    return problem_.empty();
  }

  /// What was wrong first; never quotes values, which may be secret.
  const std::string& problem() const noexcept {
    return problem_;
  }

  /// `errc::bad_reply` or `errc::too_large`. Meaningless if `ok`.
  errc code() const noexcept {
    return code_;
  }

  /// Remembers a problem, unless there is one already.
  void fail(std::string problem, errc code = errc::bad_reply);

private:
  struct impl;

  std::unique_ptr<impl> impl_;
  std::string problem_;
  errc code_ = errc::bad_reply;
};

/// Writes a text. The caller nests properly; what is not UTF-8 becomes '?'.
class writer {
public:
  writer();

  ~writer();

  writer& begin_object();
  writer& end_object();
  writer& begin_array();
  writer& end_array();
  writer& key(std::string_view name);
  writer& text(std::string_view value);
  writer& number(int64_t value);
  writer& flag(bool value);

  // -- members ----------------------------------------------------------------

  writer& text(std::string_view name, std::string_view value);
  writer& number(std::string_view name, int64_t value);
  writer& flag(std::string_view name, bool value);
  writer& texts(std::string_view name, const std::vector<std::string>& values);
  writer& text_map(std::string_view name,
                   const std::map<std::string, std::string>& values);

  /// A member whose value was read elsewhere.
  writer& copy(std::string_view name, const value& from);

  /// A member whose value is JSON already.
  writer& raw(std::string_view name, std::string_view json);

  /// The text so far.
  std::string str() const;

private:
  struct impl;

  std::unique_ptr<impl> impl_;
};

} // namespace json
} // namespace dw
