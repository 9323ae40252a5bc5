// What people and peers call things: images, domains, hosts, quantities, and
// what a name becomes that goes into another one.

#include "main/units.hpp"
#include "main/url.hpp"
#include "messages/naming.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/base64.hpp"
#include "transports/image_reference.hpp"
#include "transports/npm_api.hpp"
#include "transports/server_target.hpp"

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

void check_image(const std::string& text) {
  auto x = parse_image_reference(text);
  if (!is_good(x))
    return;
  auto written = to_string(*x);
  auto again = parse_image_reference(written);
  require(is_good(again), "an image's name can be read again");
  require(to_string(*again) == written, "and is the same then");
  require(is_registry_host(x->registry), "its registry is a host");
}

void check_domain(const std::string& text) {
  auto x = npm::normalize_domain(text);
  if (!is_good(x))
    return;
  auto again = npm::normalize_domain(*x);
  require(is_good(again), "a domain in normal form is one");
  require(*again == *x, "its normal form is itself");
  require(npm::comparable_domain(text) == *x, "it is compared by that");
}

void check_url(const std::string& text) {
  std::string why;
  for (auto* parse : {parse_url, parse_request_url}) {
    auto x = parse(text, why);
    require(x || !why.empty(), "a refused URL has a reason");
    if (!x)
      continue;
    auto again = parse(base_url(*x) + x->path, why);
    require(again == x, "a URL that is put together is what it was");
  }
}

void check_units(const std::string& text) {
  if (auto x = parse_duration(text))
    require(parse_duration(format_duration(*x)) == x, "durations are read");
  if (auto x = parse_size(text))
    require(parse_size(format_size(*x)) == x, "sizes are read");
  if (auto x = parse_cpus(text))
    require(parse_cpus(format_cpus(*x)) == x, "numbers of CPUs are read");
}

void check_target(const std::string& text) {
  auto x = parse_target(text);
  if (!x)
    return;
  std::string again;
  for (const auto& segment : x->path) {
    require(is_utf8(segment) && segment.find('\0') == std::string::npos,
            "a segment of a path is a text");
    again += "/" + percent_encode(segment);
  }
  for (size_t i = 0; i < x->query.size(); ++i)
    again += (i == 0 ? "?" : "&") + percent_encode(x->query[i].first) + "="
             + percent_encode(x->query[i].second);
  auto second = parse_target(again);
  require(second && second->path == x->path && second->query == x->query,
          "a target that is encoded is what it was");
}

void check_text(const std::string& text) {
  auto clean = clean_text(text, 100);
  require(is_utf8(clean) && clean.size() <= 103, "a clean text can be shown");
  require(clean_text(clean) == clean, "it stays what it is");
  auto decoded = decode_base64(encode_base64url(text));
  require(decoded && *decoded == text, "base64 is decoded");
  if (auto x = decode_base64(text))
    require(decode_base64(encode_base64url(*x)) == x, "so is that of others");
}

using check = void (*)(const std::string&);

constexpr std::array<check, 6> checks{check_image, check_domain, check_url,
                                      check_units, check_target, check_text};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto f = checks.at(in.choose(checks.size()));
  f(std::string{in.text()});
  return 0;
}
