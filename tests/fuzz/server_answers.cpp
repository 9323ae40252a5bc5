// Every reader of an answer of a server that a command asks.

#include "main/json_lines.hpp"
#include "main/remote/answers.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>

using namespace dw;
using namespace dw::fuzz;
using namespace dw::remote;

namespace {

using reader = bool (*)(const http_response&);

const std::array readers{
  reader{[](auto& x) { return is_good(parse_stages(x)); }},
  reader{[](auto& x) { return is_good(parse_stage(x)); }},
  reader{[](auto& x) { return is_good(parse_plan(x)); }},
  reader{[](auto& x) { return is_good(parse_routes(x)); }},
  reader{[](auto& x) { return is_good(parse_deploys(x)); }},
  reader{[](auto& x) {
    auto record = parse_deploy(x);
    if (record)
      to_json(*record, nullptr);
    return is_good(record);
  }},
  reader{[](auto& x) { return is_good(parse_accepted(x)); }},
  reader{[](auto& x) { return is_good(parse_event(x.body)); }},
  reader{[](auto& x) { return is_good(parse_report(x.body)); }},
};

constexpr std::array statuses{200, 202, 400, 401, 403, 404, 429, 500, 503, 302};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  const auto& read = readers.at(in.choose(readers.size()));
  http_response response;
  response.status = statuses.at(in.choose(statuses.size()));
  response.operation = "read";
  response.object = "shop/prod";
  response.peer = "the server at http://127.0.0.1:8080";
  response.body = in.text();
  read(response);
  if (response.status >= 300)
    require(!is_good(remote::to_error(response)), "a refusal is an error");
  return 0;
}
