#pragma once

#include "actors/engine_endpoint.hpp"
#include "main/environment.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <string>
#include <vector>

namespace dw {

/// What somebody says of the engine. Empty members leave it to us.
struct engine_settings {
  /// As DOCKER_HOST has it: "unix:///PATH", "tcp://HOST:PORT", or http, https.
  std::string host;
  caf::optional<tls_files> tls;
  /// "1.41".
  std::string api_version;
};

/// What is wrong with a setting.
struct setting_problem {
  /// "host", "tls", "tls.ca", "tls.cert", "tls.key" or "api_version".
  std::string setting;
  /// What was found and what is expected.
  std::string text;
};

/// Checks settings and makes an endpoint of them; reads the TLS files to see
/// that they are there. Adds what is wrong to `problems`; the result is
/// meaningless then.
engine_endpoint make_engine_endpoint(const engine_settings& settings,
                                     std::vector<setting_problem>& problems);

/// The settings in DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH and
/// DOCKER_API_VERSION, by the rules of the Docker CLI, except that TLS without
/// verification is refused. Without any of them: /var/run/docker.sock.
caf::expected<engine_endpoint> engine_endpoint_from(const environment& env);

} // namespace dw
