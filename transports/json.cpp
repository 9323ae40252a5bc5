#include "transports/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace dw::json {

namespace {

const rapidjson::Value null_value;

rapidjson::SizeType as_size(size_t x) {
  return static_cast<rapidjson::SizeType>(x);
}

std::string as_string(const rapidjson::Value& x) {
  return {x.GetString(), x.GetStringLength()};
}

// Full precision, so that numbers that are passed on stay what they are.
constexpr unsigned ascii_flags = rapidjson::kParseFullPrecisionFlag;
constexpr unsigned utf8_flags
  = ascii_flags | rapidjson::kParseValidateEncodingFlag;

/// Most texts are, and then their encoding needs no validation.
bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (auto c : text)
    all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

/// @param begin Behind the opening quote.
/// @returns the place of the closing one, or the end of the text.
size_t end_of_string(std::string_view text, size_t begin) {
  for (;;) {
    auto quote = std::min(text.find('"', begin), text.size());
    auto escape = text.substr(begin, quote - begin).find('\\');
    if (escape == std::string_view::npos)
      return quote;
    begin = std::min(begin + escape + 2, text.size());
  }
}

/// What keeps a text from being handed to the parser: deep nesting overflows
/// its stack, and many tiny values need far more memory than the text has.
/// Agrees with the parser about what is inside a string up to the first error,
/// where the parser stops.
const char* excess_of(std::string_view text) {
  size_t depth = 0;
  size_t values = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = end_of_string(text, i + 1);
        break;
      case '[':
      case '{':
        if (++depth > max_depth)
          return "the JSON nests too deeply";
        ++values;
        break;
      case ']':
      case '}':
        depth -= depth > 0 ? 1 : 0;
        break;
      case ',':
      case ':':
        ++values;
        break;
      default:
        break;
    }
  }
  return values > max_values ? "the JSON has too many values" : nullptr;
}

} // namespace

// -- value --------------------------------------------------------------------

value::value(document* owner, const rapidjson::Value* data, const char* name)
  : owner_{owner}, data_{data}, name_{name} {
  // nop
}

value::operator bool() const {
  return !data_->IsNull();
}

bool value::is_object() const {
  return data_->IsObject();
}

bool value::is_array() const {
  return data_->IsArray();
}

bool value::is_text() const {
  return data_->IsString();
}

bool value::is_number() const {
  return data_->IsInt64();
}

bool value::is_flag() const {
  return data_->IsBool();
}

std::string value::text() const {
  return data_->IsString() ? as_string(*data_) : std::string{};
}

int64_t value::number() const {
  return data_->IsInt64() ? data_->GetInt64() : 0;
}

bool value::flag() const {
  return data_->IsBool() && data_->GetBool();
}

value value::member(const char* name) const {
  if (data_->IsObject())
    if (auto i = data_->FindMember(name); i != data_->MemberEnd())
      return {owner_, &i->value, name};
  return {owner_, &null_value, name};
}

std::string value::text(const char* name) const {
  return member(name).text();
}

int64_t value::number(const char* name) const {
  return member(name).number();
}

bool value::flag(const char* name) const {
  return member(name).flag();
}

std::vector<std::string> value::texts(const char* name) const {
  std::vector<std::string> result;
  if (auto list = member(name); list.data_->IsArray())
    for (const auto& x : list.data_->GetArray())
      if (x.IsString())
        result.push_back(as_string(x));
  return result;
}

std::map<std::string, std::string> value::text_map(const char* name) const {
  std::map<std::string, std::string> result;
  if (auto object = member(name); object.data_->IsObject())
    for (const auto& x : object.data_->GetObject())
      if (x.value.IsString())
        result.emplace(as_string(x.name), as_string(x.value));
  return result;
}

std::string value::needed_text(const char* name) const {
  auto result = text(name);
  if (result.empty())
    member(name).reject("is not a text, or empty");
  return result;
}

int64_t value::needed_number(const char* name) const {
  auto result = member(name);
  if (!result.data_->IsInt64())
    result.reject("is not a whole number");
  return result.number();
}

value value::needed_object(const char* name) const {
  auto result = member(name);
  if (!result.data_->IsObject())
    result.reject("is not an object");
  return result;
}

value value::needed_array(const char* name) const {
  auto result = member(name);
  if (!result.data_->IsArray())
    result.reject("is not an array");
  return result;
}

size_t value::size() const {
  if (data_->IsArray())
    return data_->Size();
  return data_->IsObject() ? data_->MemberCount() : 0;
}

value value::element(size_t index) const {
  if (data_->IsArray())
    return {owner_, &(*data_)[as_size(index)], name_};
  auto i = data_->MemberBegin() + static_cast<std::ptrdiff_t>(index);
  return {owner_, &i->value, name_};
}

std::string value::key(size_t index) const {
  return as_string(
    (data_->MemberBegin() + static_cast<std::ptrdiff_t>(index))->name);
}

std::string value::json() const {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> json{out};
  data_->Accept(json);
  return {out.GetString(), out.GetSize()};
}

void value::reject(const char* what) const {
  owner_->fail(std::string{name_} + " " + what);
}

// -- document -----------------------------------------------------------------

struct document::impl {
  explicit impl(std::string content)
    : text{std::move(content)},
      // Small texts, such as the lines of a stream, shall not cost 64 KiB.
      pool{std::clamp<size_t>(text.size(), 1024, size_t{64} * 1024)}, tree{
                                                                        &pool} {
    // nop
  }

  // Parsed in place: strings of the tree point into the text.
  std::string text;
  rapidjson::MemoryPoolAllocator<> pool;
  rapidjson::Document tree;
};

document::document(std::string text)
  : impl_{std::make_unique<impl>(std::move(text))} {
  if (const auto* excess = excess_of(impl_->text)) {
    fail(excess, errc::too_large);
    return;
  }
  // The parser takes a NUL for the end of the text.
  if (impl_->text.find('\0') != std::string::npos) {
    fail("this is not JSON: it has a NUL");
    return;
  }
  auto& tree = impl_->tree;
  if (is_ascii(impl_->text)) {
    tree.ParseInsitu<ascii_flags>(impl_->text.data());
  } else {
    // A character takes up to four bytes, and RapidJSON 1.1 reads all of them
    // also where the text ends after the first.
    impl_->text.append(3, '\0');
    tree.ParseInsitu<utf8_flags>(impl_->text.data());
  }
  if (tree.HasParseError())
    fail("this is not JSON: "
         + std::string{rapidjson::GetParseError_En(tree.GetParseError())}
         + " (at byte " + std::to_string(tree.GetErrorOffset()) + ")");
}

document::~document() = default;

value document::root() {
  return {this, ok() ? &impl_->tree : &null_value, "the JSON"};
}

void document::fail(std::string problem, errc code) {
  if (!ok())
    return;
  problem_ = std::move(problem);
  code_ = code;
}

} // namespace dw::json
