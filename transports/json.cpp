#include "transports/json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace dw::json {

namespace {

const rapidjson::Value null_value;

rapidjson::SizeType as_size(size_t x) {
  return static_cast<rapidjson::SizeType>(x);
}

std::string as_string(const rapidjson::Value& x) {
  return {x.GetString(), x.GetStringLength()};
}

// RapidJSON 1.1 reads numbers as near as they go, so that those that are passed
// on may change, or exactly, and then beyond its tables where a fraction is
// long and its exponent small. So it finds numbers, and we read them.
constexpr unsigned ascii_flags
  = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;
constexpr unsigned utf8_flags
  = ascii_flags | rapidjson::kParseValidateEncodingFlag;

/// Most texts are, and then their encoding needs no validation.
bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (auto c : text)
    all = static_cast<unsigned char>(all | static_cast<unsigned char>(c));
  return all < 0x80;
}

using tree_type = rapidjson::Document;

/// Builds a tree of what the parser finds, unless there is too much of it: deep
/// nesting overflows the parser's stack, and many tiny values need far more
/// memory than the text has.
class tree_builder
  : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, tree_builder> {
public:
  explicit tree_builder(tree_type& tree) : tree_{tree} {
    // nop
  }

  /// What the parser did not find; null if nothing.
  const char* problem() const noexcept {
    return problem_;
  }

  /// Meaningless if there is no problem.
  errc code() const noexcept {
    return code_;
  }

  // -- called by the parser ---------------------------------------------------

  bool Null() {
    return count() && tree_.Null();
  }

  bool Bool(bool x) {
    return count() && tree_.Bool(x);
  }

  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return count() && number(text, text + size);
  }

  bool String(const char* text, rapidjson::SizeType size, bool copy) {
    return count() && check({text, size}) && tree_.String(text, size, copy);
  }

  bool Key(const char* text, rapidjson::SizeType size, bool copy) {
    return count() && check({text, size}) && tree_.Key(text, size, copy);
  }

  bool StartObject() {
    return count() && enter() && tree_.StartObject();
  }

  bool EndObject(rapidjson::SizeType members) {
    --depth_;
    return tree_.EndObject(members);
  }

  bool StartArray() {
    return count() && enter() && tree_.StartArray();
  }

  bool EndArray(rapidjson::SizeType elements) {
    --depth_;
    return tree_.EndArray(elements);
  }

private:
  bool refuse(const char* problem, errc code = errc::too_large) {
    problem_ = problem;
    code_ = code;
    return false;
  }

  bool count() {
    return ++values_ <= max_values || refuse("the JSON has too many values");
  }

  bool enter() {
    return ++depth_ <= max_depth || refuse("the JSON nests too deeply");
  }

  // RapidJSON 1.1 takes the second half of a pair of surrogates alone, as in
  // "\udc00", and what it makes of that is not UTF-8.
  bool check(std::string_view text) {
    for (auto i = text.find('\xed'); i < text.size();
         i = text.find('\xed', i + 1))
      if (static_cast<unsigned char>(text[i + 1]) >= 0xa0)
        return refuse("this is not JSON: half a pair of surrogates",
                      errc::bad_reply);
    return true;
  }

  bool number(const char* begin, const char* end) {
    if (auto x = read<int64_t>(begin, end))
      return tree_.Int64(*x);
    if (auto x = read<uint64_t>(begin, end))
      return tree_.Uint64(*x);
    if (auto x = read<double>(begin, end))
      return tree_.Double(*x);
    return refuse("the JSON has a number that is too large or too small");
  }

  template <class T>
  static std::optional<T> read(const char* begin, const char* end) {
    T result{};
    auto [stop, err] = std::from_chars(begin, end, result);
    if (err != std::errc{} || stop != end)
      return std::nullopt;
    return result;
  }

  tree_type& tree_;
  size_t depth_ = 0;
  size_t values_ = 0;
  const char* problem_ = nullptr;
  errc code_ = errc::bad_reply;
};

/// Parses a text in place.
/// @returns what is wrong with it.
template <unsigned Flags>
rapidjson::ParseResult
parse(std::string& text, tree_type& tree, tree_builder& builder) {
  rapidjson::ParseResult result;
  auto generate = [&](tree_type&) {
    rapidjson::Reader reader;
    rapidjson::InsituStringStream in{text.data()};
    result = reader.Parse<Flags>(in, builder);
    return !result.IsError();
  };
  tree.Populate(generate);
  return result;
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
  // The parser takes a NUL for the end of the text.
  if (impl_->text.find('\0') != std::string::npos) {
    fail("this is not JSON: it has a NUL");
    return;
  }
  tree_builder builder{impl_->tree};
  rapidjson::ParseResult result;
  if (is_ascii(impl_->text)) {
    result = parse<ascii_flags>(impl_->text, impl_->tree, builder);
  } else {
    // A character takes up to four bytes, and RapidJSON 1.1 reads all of them
    // also where the text ends after the first.
    impl_->text.append(3, '\0');
    result = parse<utf8_flags>(impl_->text, impl_->tree, builder);
  }
  if (builder.problem() != nullptr)
    fail(builder.problem(), builder.code());
  else if (result.IsError())
    fail("this is not JSON: "
         + std::string{rapidjson::GetParseError_En(result.Code())}
         + " (at byte " + std::to_string(result.Offset()) + ")");
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
