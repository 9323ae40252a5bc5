#include "bench/sim/recording.hpp"

#include <rapidjson/istreamwrapper.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace dw::sim {

namespace {

// Stands for a gap until the text is cut up; no recording has it.
constexpr std::string_view mark = "@@gap:";
constexpr std::string_view mark_end = "@@";

json read_file(const std::string& name) {
  auto path = std::string{DW_RECORDINGS} + "/" + name + ".json";
  std::ifstream file{path};
  rapidjson::IStreamWrapper stream{file};
  json result;
  if (!file || result.ParseStream(stream).HasParseError())
    throw std::runtime_error{"cannot read the recording " + path};
  return result;
}

void replace_all(std::string& text, const std::string& from,
                 const std::string& to) {
  for (auto i = text.find(from); i != std::string::npos;
       i = text.find(from, i + to.size()))
    text.replace(i, from.size(), to);
}

std::string mark_of(size_t gap) {
  return std::string{mark} + std::to_string(gap) + std::string{mark_end};
}

} // namespace

json recorded_body(const std::string& name) {
  auto file = read_file(name);
  const auto& body = file["response"]["body"];
  json result;
  if (body.IsString())
    result.Parse(body.GetString(), body.GetStringLength());
  else
    result.CopyFrom(body, result.GetAllocator());
  if (result.HasParseError())
    throw std::runtime_error{"the recording " + name + " is not JSON"};
  return result;
}

std::vector<std::string> recorded_stream(const std::string& name) {
  auto file = read_file(name);
  std::vector<std::string> result;
  for (const auto& x : file["response"]["body"].GetArray())
    result.emplace_back(x.GetString(), x.GetStringLength());
  return result;
}

std::string to_text(const rapidjson::Value& x) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  x.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string json_string(std::string_view text) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  return {buffer.GetString(), buffer.GetSize()};
}

reply_template::reply_template(json body, const std::vector<std::string>& gaps,
                               const std::string& repeated) {
  for (size_t i = 0; i < gaps.size(); ++i)
    rapidjson::Pointer{gaps[i].c_str()}.Set(body, mark_of(i).c_str());
  auto text = to_text(body);
  if (!repeated.empty())
    replace_all(text, repeated, mark_of(gaps.size()));
  size_t from = 0;
  for (auto i = text.find(mark); i != std::string::npos;
       i = text.find(mark, from)) {
    auto number = i + mark.size();
    auto end = text.find(mark_end, number);
    auto gap = std::stoul(text.substr(number, end - number));
    // Whole values are filled in as JSON, and so without these quotes.
    auto is_value = gap < gaps.size();
    auto literal_end = is_value ? i - 1 : i;
    parts_.push_back({text.substr(from, literal_end - from), gap});
    from = end + mark_end.size() + (is_value ? 1 : 0);
  }
  end_ = text.substr(from);
}

void reply_template::fill(std::string& to,
                          std::span<const std::string_view> values) const {
  for (const auto& x : parts_) {
    to += x.literal;
    to += values[x.gap];
  }
  to += end_;
}

} // namespace dw::sim
