#pragma once

#include "messages/deployment.hpp"
#include "messages/http.hpp"

#include <string>

// Requests that find out whether an instance answers: directly, and through the
// proxy. Pure.

namespace dw {

/// The header by which an application may say which instance it is: the value
/// of its environment variable DOCKER_WATCHER_INSTANCE_ID. Lower case.
constexpr auto instance_header = "x-instance-id";

/// The environment variables that every instance gets begin with this.
constexpr auto instance_env_prefix = "DOCKER_WATCHER_";

/// GET on a published port.
/// @param address IP address or host name where the port is published.
http_request direct_probe(const deploy_spec& spec, const std::string& address,
                          uint16_t port);

/// The host name to ask for to get to a domain: normalised, and one of the
/// names that a wildcard stands for.
std::string probe_host(const std::string& domain);

/// GET for `domain` through the proxy at `spec.verify_url`, on the health
/// check's path. The name is not looked up: the connection goes to the proxy.
/// @param tls Use https on the proxy's port 443, whatever `verify_url` says.
http_request
proxy_probe(const deploy_spec& spec, const std::string& domain, bool tls);

/// What an answer through the proxy says.
enum class proxy_verdict : uint8_t {
  /// The instance itself said that it is the one.
  reached,
  /// The proxy host answered, but the answer does not tell which instance.
  routed,
  /// The proxy itself redirects to https: ask there.
  redirected_to_tls,
  /// Another instance, the proxy's default site, or nothing behind it.
  elsewhere,
};

/// Judges an answer to `proxy_probe`. NPM sets X-Served-By on answers from a
/// proxy host's default location below 400 (npm API, section 4.5); the default
/// site never has it.
proxy_verdict
judge_proxy_answer(const http_response& response, const std::string& domain,
                   const std::string& instance_id);

/// Describes an answer that was not the hoped for, in a few words.
std::string describe_proxy_answer(const http_response& response);

} // namespace dw
