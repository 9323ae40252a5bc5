// Server-Sent Events, as a client of a server gets them.

#include "main/remote/answers.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/sse_decoder.hpp"

using namespace dw;
using namespace dw::fuzz;

namespace {

struct outcome {
  std::vector<sse_event> events;
  std::string last_id;
  caf::error failed;
};

outcome decode(const std::vector<std::string_view>& pieces) {
  sse_decoder decoder;
  outcome result;
  result.failed = feed_all(decoder, pieces, result.events);
  result.last_id = decoder.last_id();
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
  require(whole.failed || whole.events == pieces.events,
          "events do not depend on how their stream is cut");
  require(whole.failed || whole.last_id == pieces.last_id,
          "where to go on does not depend on how the stream is cut");
  for (const auto& x : whole.events) {
    is_good(remote::parse_event(x.data));
    is_good(remote::parse_report(x.data));
  }
  return 0;
}
