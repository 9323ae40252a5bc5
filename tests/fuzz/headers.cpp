// Headers of answers, and what is read from them.

#include "tests/fuzz/fuzz.hpp"
#include "transports/curl_headers.hpp"
#include "transports/docker_api.hpp"
#include "transports/notification.hpp"

using namespace dw;
using namespace dw::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto text = text_of(data, size);
  http_response response;
  response.operation = "tell";
  response.object = "the chat";
  response.peer = "the chat";
  response.status = 429;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    auto line = text.substr(0, end);
    text.remove_prefix(end);
    if (is_blank_line(line))
      break;
    if (auto header = parse_header_line(line))
      response.headers.push_back(std::move(*header));
  }
  response.body = text;
  if (auto wait = retry_after(response))
    require(wait->count() >= 0, "nobody is asked to wait until the past");
  check_error(check_notification(response));
  response.status = 200;
  is_good(docker::parse_ping(response));
  return 0;
}
