#include "bench/watcher/report.hpp"

#include "generated/main/version.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <sys/resource.h>

namespace dw::bench {

namespace {

using writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr int decimals = 3;

void put(writer& out, const std::vector<outcome::milliseconds>& xs) {
  out.StartArray();
  for (auto x : xs)
    out.Double(x.count());
  out.EndArray();
}

double to_ms(const timeval& x) {
  return static_cast<double>(x.tv_sec) * 1e3
         + static_cast<double>(x.tv_usec) / 1e3;
}

void put_usage(writer& out) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  out.Key("cpu");
  out.StartObject();
  out.Key("user_ms");
  out.Double(to_ms(usage.ru_utime));
  out.Key("system_ms");
  out.Double(to_ms(usage.ru_stime));
  out.EndObject();
  out.Key("peak_rss_kib");
  out.Int64(usage.ru_maxrss);
  out.Key("context_switches");
  out.StartObject();
  out.Key("voluntary");
  out.Int64(usage.ru_nvcsw);
  out.Key("involuntary");
  out.Int64(usage.ru_nivcsw);
  out.EndObject();
}

} // namespace

std::string to_json(const outcome& x, long idle_rss_kib) {
  rapidjson::StringBuffer buffer;
  writer out{buffer};
  out.SetMaxDecimalPlaces(decimals);
  out.StartObject();
  out.Key("runner");
  out.String("watcher");
  out.Key("version");
  out.String(version);
  out.Key("deploys");
  out.Uint64(x.durations.size() + x.failed);
  out.Key("failed");
  out.Uint64(x.failed);
  out.Key("errors");
  out.StartArray();
  for (const auto& text : x.errors)
    out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  out.EndArray();
  out.Key("seconds");
  out.Double(x.elapsed.count());
  out.Key("durations_ms");
  put(out, x.durations);
  out.Key("steps_ms");
  out.StartObject();
  for (const auto& [phase, durations] : x.steps) {
    out.Key(phase.data(), static_cast<rapidjson::SizeType>(phase.size()));
    put(out, durations);
  }
  out.EndObject();
  put_usage(out);
  out.Key("idle_rss_kib");
  out.Int64(idle_rss_kib);
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace dw::bench
