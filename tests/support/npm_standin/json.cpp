#include "tests/support/npm_standin/json.hpp"

#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace npm_standin {

namespace {

constexpr std::size_t max_depth = 100;

/// Builds a value from the parser's events, without recursion: the parser runs
/// on text from anybody.
class builder
  : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, builder> {
public:
  bool Null() {
    return add(nullptr);
  }
  bool Bool(bool x) {
    return add(x);
  }
  bool Int(int x) {
    return add(x);
  }
  bool Uint(unsigned x) {
    return add(x);
  }
  bool Int64(std::int64_t x) {
    return add(x);
  }
  bool Uint64(std::uint64_t x) {
    return add(static_cast<double>(x));
  }
  bool Double(double x) {
    return add(x);
  }
  bool String(const char* x, rapidjson::SizeType size, bool) {
    return add(std::string(x, size));
  }
  bool Key(const char* x, rapidjson::SizeType size, bool) {
    names_.emplace_back(x, size);
    return true;
  }
  bool StartObject() {
    return open(json::object{});
  }
  bool EndObject(rapidjson::SizeType) {
    return close();
  }
  bool StartArray() {
    return open(json::array{});
  }
  bool EndArray(rapidjson::SizeType) {
    return close();
  }

  json result;

private:
  bool open(json x) {
    stack_.push_back(std::move(x));
    return stack_.size() <= max_depth;
  }

  bool close() {
    auto x = std::move(stack_.back());
    stack_.pop_back();
    return add(std::move(x));
  }

  bool add(json x) {
    if (stack_.empty()) {
      result = std::move(x);
    } else if (stack_.back().is_array()) {
      stack_.back().items().push_back(std::move(x));
    } else {
      stack_.back()[names_.back()] = std::move(x);
      names_.pop_back();
    }
    return true;
  }

  std::vector<json> stack_;
  std::vector<std::string> names_;
};

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

auto size_of(std::string_view x) {
  return static_cast<rapidjson::SizeType>(x.size());
}

void write(json_writer& out, const json& x) {
  if (x.is_null()) {
    out.Null();
  } else if (x.is_bool()) {
    out.Bool(x.flag());
  } else if (x.is_integer()) {
    out.Int64(x.integer());
  } else if (x.is_double()) {
    out.Double(x.real());
  } else if (x.is_string()) {
    out.String(x.text().data(), size_of(x.text()));
  } else if (x.is_array()) {
    out.StartArray();
    for (const auto& item : x.items())
      write(out, item);
    out.EndArray();
  } else {
    out.StartObject();
    for (const auto& [name, value] : x.members()) {
      out.Key(name.data(), size_of(name));
      write(out, value);
    }
    out.EndObject();
  }
}

} // namespace

// -- construction -------------------------------------------------------------

json::json() = default;
json::json(const json&) = default;
json::json(json&&) noexcept = default;
json& json::operator=(const json&) = default;
json& json::operator=(json&&) noexcept = default;
json::~json() = default;

json::json(std::nullptr_t) {
  // nop
}

json::json(bool x) : value_(x) {
  // nop
}

json::json(double x) : value_(x) {
  // nop
}

json::json(std::int64_t x) : value_(x) {
  // nop
}

json::json(const char* x) : value_(std::string{x}) {
  // nop
}

json::json(std::string_view x) : value_(std::string{x}) {
  // nop
}

json::json(std::string x) : value_(std::move(x)) {
  // nop
}

json::json(array x) : value_(std::move(x)) {
  // nop
}

json::json(object x) : value_(std::move(x)) {
  // nop
}

// -- types and content --------------------------------------------------------

bool json::is_null() const {
  return std::holds_alternative<std::nullptr_t>(value_);
}

bool json::is_bool() const {
  return std::holds_alternative<bool>(value_);
}

bool json::is_integer() const {
  return std::holds_alternative<std::int64_t>(value_);
}

bool json::is_double() const {
  return std::holds_alternative<double>(value_);
}

bool json::is_string() const {
  return std::holds_alternative<std::string>(value_);
}

bool json::is_array() const {
  return std::holds_alternative<array>(value_);
}

bool json::is_object() const {
  return std::holds_alternative<object>(value_);
}

bool json::flag() const {
  return std::get<bool>(value_);
}

std::int64_t json::integer() const {
  return std::get<std::int64_t>(value_);
}

double json::real() const {
  return std::get<double>(value_);
}

const std::string& json::text() const {
  return std::get<std::string>(value_);
}

const json::array& json::items() const {
  return std::get<array>(value_);
}

json::array& json::items() {
  return std::get<array>(value_);
}

const json::object& json::members() const {
  return std::get<object>(value_);
}

// -- members ------------------------------------------------------------------

const json* json::find(std::string_view name) const {
  if (!is_object())
    return nullptr;
  auto i = std::ranges::find(members(), name, &member::name);
  return i != members().end() ? &i->value : nullptr;
}

json* json::find(std::string_view name) {
  return const_cast<json*>(std::as_const(*this).find(name));
}

const json& json::at(std::string_view name) const {
  static const json absent;
  auto* x = find(name);
  return x != nullptr ? *x : absent;
}

json& json::operator[](std::string_view name) {
  if (auto* x = find(name))
    return *x;
  if (!is_object())
    value_ = object{};
  return std::get<object>(value_)
    .emplace_back(member{std::string{name}, json{}})
    .value;
}

bool json::erase(std::string_view name) {
  if (!is_object())
    return false;
  auto is_it = [name](const member& x) { return x.name == name; };
  return std::erase_if(std::get<object>(value_), is_it) > 0;
}

// -- text ---------------------------------------------------------------------

std::string json::dump() const {
  rapidjson::StringBuffer out;
  json_writer writer{out};
  write(writer, *this);
  return {out.GetString(), out.GetSize()};
}

std::optional<json> json::parse(std::string_view text) {
  constexpr auto flags
    = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  rapidjson::MemoryStream bytes{text.data(), text.size()};
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> in{
    bytes};
  rapidjson::Reader reader;
  builder out;
  if (!reader.Parse<flags>(in, out))
    return std::nullopt;
  return std::move(out.result);
}

} // namespace npm_standin
