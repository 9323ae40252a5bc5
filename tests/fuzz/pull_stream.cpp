// The answer to a pull: however it is cut, the same comes out.

#include "tests/fuzz/fuzz.hpp"
#include "transports/docker_streams.hpp"

#include <caf/deep_to_string.hpp>

using namespace dw;
using namespace dw::fuzz;

namespace {

std::string outcome(const std::vector<std::string_view>& pieces) {
  docker::pull_decoder decoder{"app:1"};
  caf::error failed;
  for (auto x : pieces)
    if (failed = decoder.feed(x); failed)
      break;
  auto end = decoder.finish();
  check_error(failed);
  check_error(end);
  require(!failed || end, "a pull that has failed does not end well");
  return render(failed) + render(end) + decoder.digest()
         + caf::deep_to_string(decoder.progress());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto seed = in.choose(64);
  require_same(outcome({in.text()}), outcome(cut(in.text(), seed)),
               "a pull does not depend on how its stream is cut");
  return 0;
}
