#include "main/proxy_reader.hpp"

#include "messages/error.hpp"

namespace dw {

namespace {

caf::error no_proxy() {
  return make_failure(errc::invalid_argument,
                      {.operation = "ask the proxy",
                       .reply = "the configuration has no proxy",
                       .hint = "Add a proxy section to it."});
}

} // namespace

caf::expected<std::vector<proxy_host>> list_hosts(session& running) {
  if (!running.svc().proxy)
    return no_proxy();
  return running.ask<std::vector<proxy_host>>(running.svc().proxy,
                                              list_proxy_hosts{});
}

caf::expected<proxy_host>
find_host(session& running, const std::string& domain) {
  if (!running.svc().proxy)
    return no_proxy();
  find_proxy_host request;
  request.domain = domain;
  return running.ask<proxy_host>(running.svc().proxy, request);
}

} // namespace dw
