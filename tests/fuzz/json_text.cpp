// JSON of others: what was read and written again is read as the same.

#include "tests/fuzz/fuzz.hpp"
#include "transports/json.hpp"

using namespace dw;
using namespace dw::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{text_of(data, size)};
  json::document first{text};
  auto root = first.root();
  require(first.ok() || !root, "what cannot be read is null");
  require(first.ok() || is_utf8(first.problem()), "a problem can be shown");
  if (!first.ok())
    return 0;
  auto written = root.json();
  json::document second{written};
  require(second.ok(), "what was written can be read");
  require(second.root().json() == written, "it is read as what was written");
  require(is_utf8(written), "it is UTF-8");
  for (size_t i = 0; i < root.size(); ++i)
    if (root.is_object())
      root.key(i);
  return 0;
}
