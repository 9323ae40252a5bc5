// The log of a container, framed or raw, and the tagged log of a server.

#include "main/remote/log_lines.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/docker_streams.hpp"

#include <caf/deep_to_string.hpp>

using namespace dw;
using namespace dw::fuzz;

namespace {

/// A decoder of a log of a container.
struct engine_log {
  explicit engine_log(bool tty) : decoder{tty, 1} {
    // nop
  }

  auto feed(std::string_view x) {
    return decoder.feed(x);
  }

  auto finish() {
    return decoder.finish();
  }

  docker::log_decoder decoder;
};

/// The same of a server's log, which ends with a whole line.
struct server_log {
  explicit server_log(bool) {
    // nop
  }

  auto feed(std::string_view x) {
    return decoder.feed(x);
  }

  std::vector<log_line> finish() {
    return {};
  }

  remote::log_lines decoder;
};

struct outcome {
  std::vector<log_line> lines;
  caf::error failed;
};

template <class Decoder>
outcome decode(const std::vector<std::string_view>& pieces, bool tty) {
  Decoder decoder{tty};
  outcome result;
  result.failed = feed_all(decoder, pieces, result.lines);
  if (result.failed)
    return result;
  auto last = decoder.finish();
  result.lines.insert(result.lines.end(), last.begin(), last.end());
  return result;
}

template <class Decoder>
void check(std::string_view text, size_t seed, bool tty) {
  auto whole = decode<Decoder>({text}, tty);
  auto pieces = decode<Decoder>(cut(text, seed), tty);
  require_same(render(whole.failed), render(pieces.failed),
               "a failure does not depend on how the log is cut");
  // What comes together with a failure is lost.
  require(whole.failed
            || caf::deep_to_string(whole.lines)
                 == caf::deep_to_string(pieces.lines),
          "lines do not depend on how their log is cut");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto kind = in.choose(3);
  auto seed = in.choose(64);
  if (kind == 2)
    check<server_log>(in.text(), seed, false);
  else
    check<engine_log>(in.text(), seed, kind == 1);
  return 0;
}
