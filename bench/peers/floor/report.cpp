#include "bench/peers/floor/report.hpp"

#include "bench/common/process.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

namespace dw::peer {

namespace {

constexpr size_t max_errors = 5;

using milliseconds = std::chrono::duration<double, std::milli>;

double to_ms(const timeval& x) {
  return static_cast<double>(x.tv_sec) * 1e3
         + static_cast<double>(x.tv_usec) / 1e3;
}

} // namespace

report::report(size_t deploys)
  : deploys_{deploys}, idle_rss_kib_{bench::resident_kib()} {
  durations_ms_.reserve(deploys);
}

void report::succeeded(std::chrono::nanoseconds time) {
  durations_ms_.push_back(milliseconds{time}.count());
}

void report::failed(const deploy_data& what, const std::string& error) {
  ++failed_;
  if (errors_.size() < max_errors)
    errors_.push_back(json_text(what.stage + ":" + what.tag + ": " + error));
}

std::string report::to_json(std::chrono::nanoseconds time) const {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return fmt::format(
    R"({{"runner":"floor","version":"libcurl {}","deploys":{},"failed":{},)"
    R"("errors":[{}],"seconds":{:.6f},"durations_ms":[{:.3f}],)"
    R"("cpu":{{"user_ms":{:.3f},"system_ms":{:.3f}}},)"
    R"("idle_rss_kib":{},"peak_rss_kib":{},)"
    R"("context_switches":{{"voluntary":{},"involuntary":{}}}}})",
    curl_version_info(CURLVERSION_NOW)->version, deploys_, failed_,
    fmt::join(errors_, ","), std::chrono::duration<double>{time}.count(),
    fmt::join(durations_ms_, ","), to_ms(usage.ru_utime), to_ms(usage.ru_stime),
    idle_rss_kib_, usage.ru_maxrss, usage.ru_nvcsw, usage.ru_nivcsw);
}

} // namespace dw::peer
