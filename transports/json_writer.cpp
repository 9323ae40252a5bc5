#include "transports/json.hpp"
#include "transports/text.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace dw::json {

namespace {

rapidjson::SizeType as_size(size_t x) {
  return static_cast<rapidjson::SizeType>(x);
}

} // namespace

struct writer::impl {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> json{out};
};

writer::writer() : impl_{std::make_unique<impl>()} {
  // nop
}

writer::~writer() = default;

writer& writer::begin_object() {
  impl_->json.StartObject();
  return *this;
}

writer& writer::end_object() {
  impl_->json.EndObject();
  return *this;
}

writer& writer::begin_array() {
  impl_->json.StartArray();
  return *this;
}

writer& writer::end_array() {
  impl_->json.EndArray();
  return *this;
}

writer& writer::key(std::string_view name) {
  return text(name); // RapidJSON knows by itself which it is
}

writer& writer::text(std::string_view value) {
  if (!is_utf8(value))
    return text(to_utf8(value));
  impl_->json.String(value.data(), as_size(value.size()));
  return *this;
}

writer& writer::number(int64_t value) {
  impl_->json.Int64(value);
  return *this;
}

writer& writer::flag(bool value) {
  impl_->json.Bool(value);
  return *this;
}

writer& writer::text(std::string_view name, std::string_view value) {
  return key(name).text(value);
}

writer& writer::number(std::string_view name, int64_t value) {
  return key(name).number(value);
}

writer& writer::flag(std::string_view name, bool value) {
  return key(name).flag(value);
}

writer&
writer::texts(std::string_view name, const std::vector<std::string>& values) {
  key(name).begin_array();
  for (const auto& x : values)
    text(x);
  return end_array();
}

writer& writer::text_map(std::string_view name,
                         const std::map<std::string, std::string>& values) {
  key(name).begin_object();
  for (const auto& [k, v] : values)
    text(k, v);
  return end_object();
}

writer& writer::copy(std::string_view name, const value& from) {
  key(name);
  from.data_->Accept(impl_->json);
  return *this;
}

writer& writer::raw(std::string_view name, std::string_view json) {
  key(name);
  impl_->json.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  return *this;
}

std::string writer::str() const {
  return {impl_->out.GetString(), impl_->out.GetSize()};
}

} // namespace dw::json
