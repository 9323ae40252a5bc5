#include "actors/http_probe.hpp"

#include "transports/npm_api.hpp"

namespace dw {

using namespace std::chrono_literals;

namespace {

// One probe: a slow application is asked again, not waited for.
constexpr auto probe_timeout = 5s;

// Enough to be an answer; nobody reads it.
constexpr uint64_t max_probe_body = 4 * 1024 * 1024;

http_request
get(std::string operation, std::string object, const std::string& path) {
  http_request result;
  result.operation = std::move(operation);
  result.object = std::move(object);
  result.target = path.empty() ? "/" : path;
  result.deadlines.total = probe_timeout;
  result.limits.body = max_probe_body;
  result.fresh_connection = true;
  return result;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

struct url_parts {
  std::string scheme;
  std::string host;
  std::string port;
};

// Of a `verify_url` that `validate_spec` accepted.
url_parts split_url(const std::string& url) {
  url_parts result;
  auto scheme_end = url.find("://");
  result.scheme = url.substr(0, scheme_end);
  auto authority = url.substr(scheme_end + 3);
  authority = authority.substr(0, authority.find('/'));
  auto port = authority.rfind(':');
  if (port != std::string::npos
      && authority.find(']', port) == std::string::npos) {
    result.port = authority.substr(port + 1);
    authority.resize(port);
  } else {
    result.port = result.scheme == "https" ? "443" : "80";
  }
  result.host = authority;
  return result;
}

} // namespace

http_request direct_probe(const deploy_spec& spec, const std::string& address,
                          uint16_t port) {
  auto result
    = get("probe", address + ":" + std::to_string(port), spec.health.path);
  result.origin.base_url
    = "http://" + bracketed(address) + ":" + std::to_string(port);
  // Applications that check the Host header see what they will be asked for.
  if (!spec.domains.empty())
    result.headers.push_back({"Host", secret{spec.domains.front()}});
  return result;
}

std::string probe_host(const std::string& domain) {
  auto name = npm::normalize_domain(domain);
  auto host = name ? *name : domain;
  return host.starts_with("*.") ? "docker-watcher" + host.substr(1) : host;
}

http_request
proxy_probe(const deploy_spec& spec, const std::string& domain, bool tls) {
  auto result = get("reach through the proxy", domain, spec.health.path);
  auto proxy = split_url(spec.verify_url);
  if (tls && proxy.scheme != "https") {
    proxy.scheme = "https";
    proxy.port = "443";
  }
  auto host = probe_host(domain);
  result.origin.base_url = proxy.scheme + "://" + host + ":" + proxy.port;
  result.origin.connect_to = proxy.host + ":" + proxy.port;
  // Whether the certificate is good is between the proxy and its visitors; we
  // only ask who answers.
  result.origin.insecure = true;
  result.headers.push_back({"Host", secret{host}});
  return result;
}

proxy_verdict
judge_proxy_answer(const http_response& response, const std::string& domain,
                   const std::string& instance_id) {
  if (auto id = response.header(instance_header); !id.empty())
    return id == instance_id ? proxy_verdict::reached
                             : proxy_verdict::elsewhere;
  // Also a redirect of the application's own, wherever it leads.
  if (response.status < 400
      && response.header("x-served-by") == probe_host(domain))
    return proxy_verdict::routed;
  if (response.status >= 301 && response.status <= 308
      && response.header("location").starts_with("https://"))
    return proxy_verdict::redirected_to_tls;
  // The proxy's own word that nothing answers behind it.
  if (response.status >= 502 && response.status <= 504)
    return proxy_verdict::elsewhere;
  return response.status >= 400 ? proxy_verdict::routed
                                : proxy_verdict::elsewhere;
}

std::string describe_proxy_answer(const http_response& response) {
  auto result = "status " + std::to_string(response.status);
  if (auto id = response.header(instance_header); !id.empty())
    result += " from instance " + std::string{id.substr(0, 64)};
  else if (response.status < 400 && response.header("x-served-by").empty())
    result += " from the proxy's default site";
  return result;
}

} // namespace dw
