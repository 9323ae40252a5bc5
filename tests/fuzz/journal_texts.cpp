// What the journal has stored, read back from a damaged file.

#include "actors/journal_text.hpp"
#include "actors/stage_record.hpp"
#include "main/json_lines.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

void check_spec(const std::string& text) {
  auto x = read_spec(text);
  if (!is_good(x))
    return;
  auto again = read_spec(write_spec(*x));
  require(is_good(again) && *again == *x, "a spec is read as written");
  auto env = x->env;
  check_error(read_env_values(env, secret{text}));
  auto values = write_env_values(x->env);
  require(!read_env_values(env, values), "an environment is read");
}

void check_report(const std::string& text) {
  auto x = read_report(text);
  if (!is_good(x))
    return;
  auto written = write_report(*x);
  auto again = read_report(written);
  require(is_good(again) && write_report(*again) == written,
          "a report is read as written");
  to_json(*x);
}

void check_record(const std::string& text) {
  auto x = apply_record({}, text);
  if (!is_good(x))
    return;
  auto again = apply_record({}, write_record(*x));
  require(is_good(again) && *again == *x, "a record is read as written");
}

using check = void (*)(const std::string&);

constexpr std::array<check, 3> checks{check_spec, check_report, check_record};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto f = checks.at(in.choose(checks.size()));
  f(std::string{in.text()});
  return 0;
}
