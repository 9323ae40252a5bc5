#include "main/engine_endpoint.hpp"

#include "actors/text_file.hpp"
#include "main/problems.hpp"
#include "main/units.hpp"
#include "main/url.hpp"
#include "messages/error.hpp"
#include "transports/docker_api.hpp"

#include <sys/un.h>

#include <string_view>

namespace dw {

namespace {

constexpr auto default_host = "unix:///var/run/docker.sock";
constexpr std::string_view unix_prefix = "unix://";

constexpr uint16_t plain_port = 2375;
constexpr uint16_t tls_port = 2376;

// The kernel wants a NUL behind it.
constexpr size_t max_socket_path = sizeof(sockaddr_un::sun_path) - 1;

constexpr auto host_forms
  = "unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT";

class endpoint_maker {
public:
  endpoint_maker(const engine_settings& settings,
                 std::vector<setting_problem>& problems)
    : settings_{settings}, problems_{problems} {
    // nop
  }

  engine_endpoint make() {
    const auto& host = settings_.host;
    result_.display = host.empty() ? default_host : host;
    result_.pinned_api_version = settings_.api_version;
    if (result_.display.starts_with(unix_prefix))
      use_socket(result_.display.substr(unix_prefix.size()));
    else if (host.starts_with("ssh://"))
      refuse("host", "SSH is not spoken here, forward the engine's socket with "
                     "ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock "
                     "USER@HOST and use unix:///tmp/engine.sock");
    else if (host.starts_with("npipe:"))
      refuse("host", "named pipes of Windows are not spoken here, let the "
                     "engine listen on TCP with TLS and use tcp://HOST:2376");
    else
      use_tcp();
    check_api_version();
    return std::move(result_);
  }

private:
  void refuse(std::string setting, std::string text) {
    problems_.push_back({std::move(setting), std::move(text)});
  }

  void use_socket(std::string path) {
    if (!path.starts_with('/'))
      refuse("host", "found " + in_quotes(result_.display)
                       + ", expected an absolute path in it such as "
                       + default_host);
    else if (path.size() > max_socket_path)
      refuse("host", "the path of a unix socket has at most "
                       + std::to_string(max_socket_path)
                       + " bytes, this one has " + std::to_string(path.size()));
    if (settings_.tls)
      refuse("tls", "a unix socket has no TLS: use tcp://HOST:2376 as host, or "
                    "remove tls");
    // The name only fills the Host header, which the engine wants well formed.
    result_.origin.base_url = "http://localhost";
    result_.origin.socket_path = std::move(path);
  }

  void use_tcp() {
    std::string why;
    auto address = parse_url(settings_.host, why);
    if (!address) {
      refuse("host", "cannot be read (" + why + "), expected " + host_forms);
      return;
    }
    auto has_tls = settings_.tls || address->scheme == "https";
    if (address->scheme == "tcp") {
      if (address->port == 0)
        address->port = has_tls ? tls_port : plain_port;
      address->scheme = has_tls ? "https" : "http";
    } else if (address->scheme == "http" && has_tls) {
      refuse("tls", "http:// is without TLS: use tcp:// or https:// as host, "
                    "or remove tls");
    } else if (address->scheme != "http" && address->scheme != "https") {
      refuse("host", "found " + in_quotes(address->scheme + "://")
                       + ", expected " + host_forms);
    }
    if (!address->path.empty() && address->path != "/")
      refuse("host", "has a path, expected " + std::string{host_forms});
    result_.origin.base_url = base_url(*address);
    use_tls();
  }

  void use_tls() {
    if (!settings_.tls)
      return;
    const auto& files = *settings_.tls;
    if (files.certificate.empty() != files.key.empty())
      refuse(files.key.empty() ? "tls.key" : "tls.cert",
             "is missing: a certificate and its key go together");
    check_pem("tls.ca", files.ca);
    check_pem("tls.cert", files.certificate);
    check_pem("tls.key", files.key);
    result_.origin.tls = files;
  }

  void check_pem(const char* setting, const std::string& path) {
    if (path.empty())
      return;
    auto text = read_text_file(path);
    if (!text)
      refuse(setting, "cannot read the file " + in_quotes(path) + ": "
                        + failure_of(text.error()).reply);
    else if (text->find("-----BEGIN ") == std::string::npos)
      refuse(setting, "the file " + in_quotes(path)
                        + " is not in PEM format (no -----BEGIN line)");
  }

  void check_api_version() {
    const auto& version = settings_.api_version;
    if (version.empty())
      return;
    auto minor = version.starts_with("1.")
                   ? parse_number(std::string_view{version}.substr(2))
                   : std::nullopt;
    if (!minor || *minor < docker::min_api_minor
        || *minor > docker::max_api_minor)
      refuse("api_version", "found " + in_quotes(version)
                              + ", expected an API version from 1."
                              + std::to_string(docker::min_api_minor) + " to 1."
                              + std::to_string(docker::max_api_minor));
  }

  const engine_settings& settings_;
  std::vector<setting_problem>& problems_;
  engine_endpoint result_;
};

std::string value_of(const environment& env, const std::string& name) {
  return env(name).value_or(std::string{});
}

/// The TLS settings of the Docker CLI. A unix socket has none, whatever is set.
caf::optional<tls_files>
tls_from(const environment& env, const std::string& host,
         std::vector<setting_problem>& problems) {
  auto directory = value_of(env, "DOCKER_CERT_PATH");
  if (host.empty() || host.starts_with(unix_prefix))
    return caf::none;
  if (value_of(env, "DOCKER_TLS_VERIFY").empty()) {
    // The CLI takes this for TLS with any server: not a thing to do.
    if (!directory.empty() && !host.starts_with("http://"))
      problems.push_back({"tls", "DOCKER_CERT_PATH is set, but not "
                                 "DOCKER_TLS_VERIFY: set it to 1, or unset "
                                 "DOCKER_CERT_PATH for a connection without "
                                 "TLS"});
    return caf::none;
  }
  if (directory.empty())
    directory = value_of(env, "HOME") + "/.docker";
  return tls_files{directory + "/ca.pem", directory + "/cert.pem",
                   directory + "/key.pem"};
}

std::string variable_of(const std::string& setting) {
  if (setting == "host")
    return "DOCKER_HOST";
  if (setting == "api_version")
    return "DOCKER_API_VERSION";
  return setting == "tls" ? "DOCKER_TLS_VERIFY" : "DOCKER_CERT_PATH";
}

} // namespace

engine_endpoint make_engine_endpoint(const engine_settings& settings,
                                     std::vector<setting_problem>& problems) {
  return endpoint_maker{settings, problems}.make();
}

caf::expected<engine_endpoint> engine_endpoint_from(const environment& env) {
  std::vector<setting_problem> problems;
  engine_settings settings;
  settings.host = value_of(env, "DOCKER_HOST");
  settings.api_version = value_of(env, "DOCKER_API_VERSION");
  settings.tls = tls_from(env, settings.host, problems);
  auto result = make_engine_endpoint(settings, problems);
  if (problems.empty())
    return result;
  std::string lines;
  for (const auto& x : problems) {
    if (!lines.empty())
      lines += '\n';
    lines += variable_of(x.setting) + ": " + x.text;
  }
  return make_failure(errc::invalid_argument,
                      {.operation = "find the Docker Engine",
                       .reply = std::move(lines)});
}

} // namespace dw
