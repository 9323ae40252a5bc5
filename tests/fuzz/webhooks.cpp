// What registries send when an image is pushed, and what a stage makes of it.

#include "actors/push_policy.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/image_reference.hpp"
#include "transports/push_events.hpp"

#include <algorithm>
#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

const std::array registries{std::string{}, std::string{"cr.example.com:5000"}};

const auto_deploy by_pattern{.tags = "v*-[0-9]?", .semver = {}};
const auto_deploy by_version{.tags = {}, .semver = ">=1.2 <3 || ^4.0.0-rc.1"};

void check_push(const pushed_image& image) {
  require(!image.repository.empty() && !image.tag.empty(),
          "a push names an image and its tag");
  push_facts facts;
  facts.current = deployed_version{"1.2.3", {}};
  for (const auto* rule : {&by_pattern, &by_version})
    if (takes_tag(*rule, image.tag))
      why_not_deploy(*rule, image, facts);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto from = static_cast<push_sender>(
    in.choose(static_cast<size_t>(last_push_sender) + 1));
  const auto& registry = registries.at(in.choose(registries.size()));
  server_request request;
  request.method = "POST";
  request.headers = {{"x-github-event", secret{"package"}},
                     {"x-gitea-event", secret{"package"}}};
  request.body = in.text();
  require(!is_authentic(from, request, secret{"never sent"}),
          "nobody is authentic without the secret");
  auto images = read_pushed_images(from, request, registry);
  if (!is_good(images))
    return 0;
  require(images->size() <= max_pushed_images, "a request has its limit");
  std::for_each(images->begin(), images->end(), check_push);
  return 0;
}
