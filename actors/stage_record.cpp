#include "actors/stage_record.hpp"

#include "actors/validate_spec.hpp"
#include "messages/error.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace dw {

namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;
using value = rapidjson::Value;

void put(writer& out, const char* key, const std::string& x) {
  out.Key(key);
  out.String(x.data(), static_cast<rapidjson::SizeType>(x.size()));
}

void put(writer& out, const char* key, int64_t x) {
  out.Key(key);
  out.Int64(x);
}

void put(writer& out, const char* key, const std::vector<std::string>& xs) {
  out.Key(key);
  out.StartArray();
  for (const auto& x : xs)
    out.String(x.data(), static_cast<rapidjson::SizeType>(x.size()));
  out.EndArray();
}

void put(writer& out, const char* key,
         const std::map<std::string, std::string>& xs) {
  out.Key(key);
  out.StartObject();
  for (const auto& [name, x] : xs)
    put(out, name.c_str(), x);
  out.EndObject();
}

// Reads members that are there and of the right kind; others keep their value,
// so that records of older versions stay readable.
class reader {
public:
  explicit reader(const value& object) : object_{object} {
    // nop
  }

  void get(const char* key, std::string& x) const {
    if (const auto* member = find(key); member && member->IsString())
      x.assign(member->GetString(), member->GetStringLength());
  }

  template <class Int>
  void get_number(const char* key, Int& x) const {
    if (const auto* member = find(key);
        member && member->IsInt64() && std::in_range<Int>(member->GetInt64()))
      x = static_cast<Int>(member->GetInt64());
  }

  // Anybody can write a label: what no stage can have is left out.
  template <class Duration>
  void get_duration(const char* key, Duration& x) const {
    const auto* member = find(key);
    if (member == nullptr || !member->IsInt64())
      return;
    if (Duration read{member->GetInt64()};
        read.count() >= 0 && read <= longest_time)
      x = read;
  }

  void get(const char* key, std::vector<std::string>& xs) const {
    const auto* member = find(key);
    if (member == nullptr || !member->IsArray())
      return;
    xs.clear();
    for (const auto& x : member->GetArray())
      if (x.IsString())
        xs.emplace_back(x.GetString(), x.GetStringLength());
  }

  void get(const char* key, std::map<std::string, std::string>& xs) const {
    const auto* member = find(key);
    if (member == nullptr || !member->IsObject())
      return;
    xs.clear();
    for (const auto& [name, x] : member->GetObject())
      if (x.IsString())
        xs.emplace(name.GetString(), x.GetString());
  }

private:
  const value* find(const char* key) const {
    auto i = object_.FindMember(key);
    return i == object_.MemberEnd() ? nullptr : &i->value;
  }

  const value& object_;
};

} // namespace

std::string write_record(const deploy_spec& spec) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.StartObject();
  put(out, "image", spec.image);
  put(out, "tag", spec.tag);
  put(out, "digest", spec.digest);
  put(out, "port", spec.port);
  put(out, "command", spec.command);
  put(out, "labels", spec.labels);
  put(out, "volumes", spec.volumes);
  put(out, "memory", static_cast<int64_t>(spec.resources.memory));
  put(out, "nano_cpus", spec.resources.nano_cpus);
  put(out, "pids", spec.resources.pids);
  put(out, "restart", spec.restart_policy);
  put(out, "stop_timeout_s", spec.stop_timeout.count());
  put(out, "health_path", spec.health.path);
  put(out, "health_command", spec.health.command);
  put(out, "health_interval_ms", spec.health.interval.count());
  put(out, "health_timeout_ms", spec.health.timeout.count());
  put(out, "health_stable_ms", spec.health.stable.count());
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

caf::expected<deploy_spec>
apply_record(deploy_spec spec, const std::string& record) {
  rapidjson::Document json;
  json.Parse<rapidjson::kParseIterativeFlag>(record.data(), record.size());
  if (json.HasParseError() || !json.IsObject())
    return make_failure(errc::bad_reply,
                        {.operation = "read the record of",
                         .object = spec.project + "/" + spec.stage,
                         .reply = "the container's label is no record"});
  reader in{json};
  in.get("image", spec.image);
  in.get("tag", spec.tag);
  in.get("digest", spec.digest);
  in.get_number("port", spec.port);
  in.get("command", spec.command);
  in.get("labels", spec.labels);
  in.get("volumes", spec.volumes);
  in.get_number("memory", spec.resources.memory);
  in.get_number("nano_cpus", spec.resources.nano_cpus);
  in.get_number("pids", spec.resources.pids);
  in.get("restart", spec.restart_policy);
  in.get_duration("stop_timeout_s", spec.stop_timeout);
  in.get("health_path", spec.health.path);
  in.get("health_command", spec.health.command);
  in.get_duration("health_interval_ms", spec.health.interval);
  in.get_duration("health_timeout_ms", spec.health.timeout);
  in.get_duration("health_stable_ms", spec.health.stable);
  return spec;
}

std::string
label_of(const std::map<std::string, std::string>& labels, const char* key) {
  auto i = labels.find(key);
  return i == labels.end() ? "" : i->second;
}

} // namespace dw
