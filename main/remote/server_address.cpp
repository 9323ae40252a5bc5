#include "main/remote/server_address.hpp"

#include "main/problems.hpp"
#include "main/url.hpp"
#include "messages/error.hpp"

#include <sys/un.h>

#include <algorithm>
#include <filesystem>

namespace dw::remote {

namespace {

constexpr std::string_view unix_prefix = "unix://";

// Without what may be a password.
std::string without_user(const std::string& text) {
  auto begin = text.find("://");
  auto at = text.rfind('@');
  if (begin == std::string::npos || at == std::string::npos || at < begin)
    return text;
  return text.substr(0, begin + 3) + "..." + text.substr(at);
}

caf::error refuse(const std::string& text, std::string why) {
  return make_failure(errc::invalid_argument,
                      {.operation = "use the server",
                       .object = in_quotes(without_user(text)),
                       .reply = std::move(why),
                       .hint = "Name it as unix:///PATH, /PATH, "
                               "http://127.0.0.1:PORT or https://HOST:PORT."});
}

caf::expected<http_origin>
socket_origin(const std::string& text, const std::string& path) {
  // The kernel wants a NUL behind it.
  if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path))
    return refuse(text, "that is no path of a unix socket");
  http_origin result;
  // The name only fills the Host header.
  result.base_url = "http://localhost";
  result.socket_path = std::filesystem::absolute(path).string();
  return result;
}

caf::expected<http_origin>
tcp_origin(const std::string& text, const std::string& ca) {
  std::string why;
  auto address = parse_url(text, why);
  if (!address)
    return refuse(text, why);
  if (!address->path.empty() && address->path != "/")
    return refuse(text, "it has a path");
  http_origin result;
  result.base_url = base_url(*address);
  if (address->scheme == "https")
    result.tls = tls_files{.ca = ca};
  else if (address->scheme != "http")
    return refuse(text, "its scheme is not known");
  else if (!is_loopback(address->host))
    return refuse(text, "it is on another host, where anybody on the way could "
                        "read the token: use https://");
  return result;
}

std::optional<std::string> first_of(const std::optional<std::string>& one,
                                    const std::optional<std::string>& other) {
  return one ? one : other;
}

// It is sent as a header. An empty one stands for none.
bool is_token(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f'; });
}

} // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]"
         || (host.starts_with("127.") && is_ip_address(host));
}

caf::expected<server_address>
parse_server(const std::string& text, const std::string& ca) {
  auto origin = text.starts_with(unix_prefix)
                  ? socket_origin(text, text.substr(unix_prefix.size()))
                : text.find("://") == std::string::npos
                  ? socket_origin(text, text)
                  : tcp_origin(text, ca);
  if (!origin)
    return std::move(origin.error());
  return server_address{std::move(*origin), text, {}};
}

caf::expected<std::optional<server_address>>
find_server(const arguments& args, const client_settings& settings,
            const environment& env) {
  auto named = first_of(args.server, env("DOCKER_WATCHER_SERVER"))
                 .value_or(settings.server);
  if (named.empty())
    return std::optional<server_address>{};
  auto ca = first_of(args.ca, env("DOCKER_WATCHER_CA")).value_or(settings.ca);
  auto result = parse_server(named, ca);
  if (!result)
    return std::move(result.error());
  auto token = env("DOCKER_WATCHER_TOKEN");
  if (token && !is_token(*token))
    return make_failure(errc::invalid_argument,
                        {.operation = "use the token",
                         .object = "of DOCKER_WATCHER_TOKEN",
                         .reply = "it has characters that no token has",
                         .hint = "docker-watcher token create makes one."});
  if (token)
    result->token = secret{*token};
  else if (settings.server.empty() || settings.server == named)
    result->token = settings.token;
  return std::optional{std::move(*result)};
}

} // namespace dw::remote
