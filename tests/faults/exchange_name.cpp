#include "tests/faults/exchange_name.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace dw::faults {

namespace {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> result;
  while (!path.empty()) {
    path.remove_prefix(1);
    auto end = std::min(path.find('/'), path.size());
    result.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return result;
}

bool is_version(std::string_view x) {
  return x.size() > 1 && x[0] == 'v' && x.find('.') != std::string_view::npos;
}

// What the APIs of the engine, of a registry and of the proxy are made of.
bool is_fixed(std::string_view x) {
  constexpr std::array<std::string_view, 25> words{
    "blobs",      "manifests",   "images",  "create",  "json",
    "search",     "start",       "stop",    "rename",  "logs",
    "containers", "update",      "events",  "version", "networks",
    "info",       "_ping",       "connect", "api",     "nginx",
    "tokens",     "proxy-hosts", "users",   "me",      "wait"};
  return std::find(words.begin(), words.end(), x) != words.end();
}

} // namespace

std::string exchange_name(std::string_view method, std::string_view target) {
  if (method.empty())
    return "something else"; // the engine tries TLS first
  auto segments = segments_of(target.substr(0, target.find('?')));
  if (!segments.empty() && is_version(segments.front()))
    segments.erase(segments.begin());
  std::string result{method};
  result += ' ';
  auto was_fixed = true;
  for (const auto& x : segments) {
    auto fixed = x.empty() || is_fixed(x) || (x == "v2" && &x == &segments[0]);
    if (fixed || was_fixed) // the name of an image may have several
      result.append("/").append(fixed ? x : "*");
    was_fixed = fixed;
  }
  return segments.empty() ? result + "/" : result;
}

} // namespace dw::faults
