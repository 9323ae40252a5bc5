#include "tests/support/npm_standin/nginx_config.hpp"

#include <unistd.h>

#include <sstream>

namespace npm_standin {

namespace {

bool is_on(const json& row, std::string_view flag) {
  return row.at(flag).is_bool() && row.at(flag).flag();
}

/// Whether advanced_config brings its own `location / {`.
bool replaces_default_location(std::string_view config) {
  constexpr std::string_view keyword = "location";
  constexpr std::string_view blanks = " \t\r\n";
  for (auto at = config.find(keyword); at != std::string_view::npos;
       at = config.find(keyword, at + 1)) {
    auto slash = config.find_first_not_of(blanks, at + keyword.size());
    if (slash == std::string_view::npos || config[slash] != '/')
      continue;
    auto brace = config.find_first_not_of(blanks, slash + 1);
    if (brace != std::string_view::npos && config[brace] == '{')
      return true;
  }
  return false;
}

void write_access_rules(std::ostream& out, const nginx_layout& layout,
                        const json& list) {
  if (list.is_null())
    return;
  if (!list.at("items").items().empty()) {
    out << "    auth_basic \"Authorization required\";\n"
        << "    auth_basic_user_file \""
        << layout.password_file(list.at("id").integer()).string() << "\";\n";
    if (!is_on(list, "pass_auth"))
      out << "    proxy_set_header Authorization \"\";\n";
  }
  const auto& clients = list.at("clients").items();
  for (const auto& client : clients)
    out << "    " << client.at("directive").text() << ' '
        << client.at("address").text() << ";\n";
  if (!clients.empty())
    out << "    deny all;\n";
  out << "    satisfy " << (is_on(list, "satisfy_any") ? "any" : "all")
      << ";\n";
}

void write_proxy_headers(std::ostream& out, const json& host) {
  const auto* scheme
    = is_on(host, "trust_forwarded_proto") ? "$trusted_scheme" : "$scheme";
  out << "    proxy_set_header Host $host;\n"
      << "    proxy_set_header X-Forwarded-Scheme " << scheme << ";\n"
      << "    proxy_set_header X-Forwarded-Proto " << scheme << ";\n"
      << "    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n"
      << "    proxy_set_header X-Real-IP $remote_addr;\n";
  if (is_on(host, "allow_websocket_upgrade"))
    out << "    proxy_set_header Upgrade $http_upgrade;\n"
        << "    proxy_set_header Connection $http_connection;\n"
        << "    proxy_http_version 1.1;\n";
}

void write_hsts(std::ostream& out, const host_sources& from) {
  if (from.certificate.is_null() || !is_on(from.host, "ssl_forced")
      || !is_on(from.host, "hsts_enabled"))
    return;
  out << "    add_header Strict-Transport-Security \"max-age=63072000;"
      << (is_on(from.host, "hsts_subdomains") ? " includeSubDomains;" : "")
      << " preload\" always;\n";
}

void write_tls(std::ostream& out, const nginx_layout& layout,
               const host_sources& from) {
  if (from.certificate.is_null())
    return;
  if (layout.https_port != 0) {
    const auto id = from.certificate.at("id").integer();
    out << "  include listen_https"
        << (is_on(from.host, "http2_support") ? "_http2" : "") << ".inc;\n"
        << "  ssl_certificate \"" << layout.certificate_file(id).string()
        << "\";\n"
        << "  ssl_certificate_key \"" << layout.key_file(id).string()
        << "\";\n";
  }
  if (is_on(from.host, "ssl_forced"))
    out << "  if ("
        << (is_on(from.host, "trust_forwarded_proto") ? "$trusted_scheme"
                                                      : "$scheme")
        << " = http) {\n    return 301 https://$host$request_uri;\n  }\n";
}

/// A literal proxy_pass, as on the real server: the name has to resolve each
/// time nginx loads its configuration.
void write_custom_location(std::ostream& out, const nginx_layout& layout,
                           const host_sources& from, const json& location) {
  auto upstream = location.at("forward_host").text();
  std::string path;
  if (auto slash = upstream.find('/'); slash != std::string::npos) {
    path = upstream.substr(slash);
    upstream.resize(slash);
  }
  if (const auto& given = location.at("forward_path"); given.is_string())
    path = given.text();
  out << "  location " << location.at("path").text() << " {\n";
  write_access_rules(out, layout, from.access_list);
  write_hsts(out, from);
  write_proxy_headers(out, from.host);
  out << "    proxy_pass " << location.at("forward_scheme").text() << "://"
      << upstream << ':' << location.at("forward_port").integer() << path
      << ";\n";
  if (const auto& more = location.at("advanced_config"); more.is_string())
    out << more.text() << '\n';
  out << "  }\n";
}

/// Variables make nginx resolve the name per request, not when it loads.
void write_default_location(std::ostream& out, const nginx_layout& layout,
                            const host_sources& from) {
  out << "  location / {\n";
  write_access_rules(out, layout, from.access_list);
  write_hsts(out, from);
  out << "    add_header X-Served-By $host;\n";
  write_proxy_headers(out, from.host);
  out << "    proxy_pass $forward_scheme://$server:$port$request_uri;\n"
      << "  }\n";
}

void write_default_site(std::ostream& out, const nginx_layout& layout) {
  out << "  server {\n    listen " << layout.address << ':' << layout.http_port
      << " default_server;\n";
  out << "    server_name localhost-nginx-proxy-manager;\n"
      << "    default_type text/html;\n"
      << "    location / {\n"
      << "      return 200 '<!doctype html><title>Default Site</title>"
         "<h1>Congratulations!</h1><p>No host of this name is set up.</p>';\n"
      << "    }\n  }\n";
  if (layout.https_port != 0)
    out << "  server {\n    listen " << layout.address << ':'
        << layout.https_port
        << " ssl default_server;\n    ssl_reject_handshake on;\n  }\n";
}

} // namespace

// -- paths --------------------------------------------------------------------

std::filesystem::path nginx_layout::main_file() const {
  return root / "nginx.conf";
}

std::filesystem::path nginx_layout::hosts_directory() const {
  return root / "data/nginx/proxy_host";
}

std::filesystem::path nginx_layout::host_file(std::int64_t host_id) const {
  return hosts_directory() / (std::to_string(host_id) + ".conf");
}

std::filesystem::path nginx_layout::custom_file(std::string_view name) const {
  return root / "data/nginx/custom" / name;
}

std::filesystem::path nginx_layout::password_file(std::int64_t id) const {
  return root / "data/access" / std::to_string(id);
}

std::filesystem::path nginx_layout::certificate_file(std::int64_t id) const {
  return root / "data/custom_ssl" / ("npm-" + std::to_string(id))
         / "fullchain.pem";
}

std::filesystem::path nginx_layout::key_file(std::int64_t id) const {
  return certificate_file(id).replace_filename("privkey.pem");
}

// -- texts --------------------------------------------------------------------

std::string main_config(const nginx_layout& layout) {
  std::ostringstream out;
  // Workers of a root master would become "nobody", who cannot read our files.
  if (::geteuid() == 0)
    out << "user root;\n";
  out << "daemon off;\npid run/nginx.pid;\nerror_log logs/error.log warn;\n"
      << "worker_processes " << worker_count
      << ";\nevents { worker_connections 1024; }\n"
      << "http {\n  access_log logs/access.log;\n  server_tokens off;\n"
      << "  server_names_hash_bucket_size 1024;\n"
      << "  server_names_hash_max_size 4096;\n"
      << "  client_max_body_size 2000m;\n  keepalive_timeout 90s;\n"
      << "  proxy_connect_timeout 90s;\n  proxy_send_timeout 90s;\n"
      << "  proxy_read_timeout 90s;\n";
  for (const auto* area : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    out << "  " << area << "_temp_path tmp/" << area << ";\n";
  out << "  map $http_x_forwarded_proto $trusted_scheme {\n"
      << "    default $scheme;\n    http http;\n    https https;\n  }\n";
  if (!layout.resolver.empty())
    out << "  resolver " << layout.resolver << " valid=10s;\n";
  out << "  include data/nginx/custom/*.conf;\n";
  write_default_site(out, layout);
  out << "  include data/nginx/proxy_host/*.conf;\n}\n";
  return out.str();
}

std::string host_config(const nginx_layout& layout, const host_sources& from) {
  const auto& host = from.host;
  std::ostringstream out;
  out << "server {\n  set $forward_scheme " << host.at("forward_scheme").text()
      << ";\n  set $server \"" << host.at("forward_host").text()
      << "\";\n  set $port " << host.at("forward_port").integer()
      << ";\n  include listen_http.inc;\n  server_name";
  for (const auto& name : host.at("domain_names").items())
    out << ' ' << name.text();
  out << ";\n";
  write_tls(out, layout, from);
  const auto& advanced = host.at("advanced_config").text();
  out << advanced << '\n';
  if (const auto& locations = host.at("locations"); locations.is_array())
    for (const auto& location : locations.items())
      write_custom_location(out, layout, from, location);
  if (!replaces_default_location(advanced))
    write_default_location(out, layout, from);
  out << "}\n";
  return out.str();
}

} // namespace npm_standin
