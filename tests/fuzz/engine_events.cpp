// The engine's events: however their stream is cut, the same come out.

#include "tests/fuzz/fuzz.hpp"
#include "transports/docker_streams.hpp"

using namespace dw;
using namespace dw::fuzz;

namespace {

struct outcome {
  std::vector<engine_event> events;
  caf::error failed;
};

outcome decode(const std::vector<std::string_view>& pieces) {
  docker::event_decoder decoder;
  outcome result;
  result.failed = feed_all(decoder, pieces, result.events);
  return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto seed = in.choose(64);
  auto whole = decode({in.text()});
  auto pieces = decode(cut(in.text(), seed));
  require_same(render(whole.failed), render(pieces.failed),
               "a failure does not depend on how the stream is cut");
  // What comes together with a failure is lost.
  require(whole.failed || whole.events == pieces.events,
          "events do not depend on how their stream is cut");
  return 0;
}
