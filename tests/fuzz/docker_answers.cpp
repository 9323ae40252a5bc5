// Every reader of an answer of the Docker Engine.

#include "tests/fuzz/fuzz.hpp"
#include "transports/docker_request.hpp"
#include "transports/docker_services.hpp"

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

using reader = bool (*)(const http_response&);

const std::array readers{
  reader{[](auto& x) { return is_good(docker::parse_ping(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_version(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_login(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_image(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_digest(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_container_created(x)); }},
  reader{[](auto& x) { return docker::is_being_removed(x); }},
  reader{[](auto& x) {
    auto info = docker::parse_container(x);
    return is_good(info) && is_good(docker::find_port(*info, 8080));
  }},
  reader{[](auto& x) { return is_good(docker::parse_container_list(x, {})); }},
  reader{[](auto& x) { return is_good(docker::parse_container_exit(x)); }},
  reader{[](auto& x) { return is_good(docker::check_done(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_network_list(x, "net")); }},
  reader{[](auto& x) { return is_good(docker::parse_network_created(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_swarm(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_service_created(x)); }},
  reader{[](auto& x) { return is_good(docker::scale_service(x, 2)); }},
  reader{[](auto& x) { return is_good(docker::rollback_service(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_service(x)); }},
  reader{[](auto& x) { return is_good(docker::parse_service_list(x, {})); }},
  reader{[](auto& x) { return is_good(docker::parse_task_list(x)); }},
};

constexpr std::array statuses{200, 201, 204, 304, 400, 401, 403, 404,
                              409, 429, 500, 503, 101, 302, 418, 599};

namespace operation = docker::operation;

// What is attempted decides what an answer means.
constexpr std::array operations{
  operation::ping,
  operation::pull,
  operation::check_login,
  operation::inspect_image,
  operation::remove_image,
  operation::find_digest,
  operation::create,
  operation::start,
  operation::stop,
  operation::remove,
  operation::await_removal,
  operation::rename,
  operation::inspect,
  operation::connect,
  operation::create_network,
  operation::remove_network,
  operation::inspect_swarm,
  operation::update_service,
  operation::rollback_service,
  operation::remove_service,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  const auto& read = readers.at(in.choose(readers.size()));
  http_response response;
  response.status = statuses.at(in.choose(statuses.size()));
  response.operation = operations.at(in.choose(operations.size()));
  response.object = "it";
  response.peer = docker::engine_peer;
  response.headers = {{"content-type", secret{"application/json"}},
                      {"api-version", secret{"1.41"}}};
  response.body = in.text();
  read(response);
  if (response.status >= 400)
    require(!is_good(docker::to_error(response)), "a refusal is an error");
  return 0;
}
