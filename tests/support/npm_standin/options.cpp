#include "tests/support/npm_standin/options.hpp"

#include "tests/support/npm_standin/files.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdlib>
#include <stdexcept>

namespace npm_standin {

namespace {

constexpr const char* description
  = "Imitates the API of Nginx Proxy Manager and drives an nginx of its own.";

constexpr const char* footer = R"(
When it serves, it prints one line of JSON on standard output: api_url,
traffic_url, https_port, control_url, version, pid, nginx_pid, and flushes it.
It ends on SIGTERM, on SIGINT, and with the process that started it; its nginx
ends with it.

The password of the first admin comes from --password-file, else from the
environment (NPM_STANDIN_PASSWORD), else it is "changeme".

Control endpoint, JSON in and out, below the printed control_url:
  GET|DELETE /control/counters    what clients did since the start or reset
  POST /control/expire-tokens     every token issued so far has expired
  POST /control/rotate-keys       every token issued so far is invalid
  POST /control/token-lifetime    {"lifetime":"5s"} of tokens from now on
  POST /control/break-nginx       {"on":true} makes `nginx -t` fail
  POST /control/settle            answers when no worker of nginx with an older
                                  configuration accepts connections: a reload
                                  takes 0.1 s to take effect
  POST /control/fail-next         {"method":"PUT","path":"/nginx/proxy-hosts/*",
                                   "times":1} and any of
                                  "status":503, "commit-before-500":true,
                                  "close":"before"|"after", "delay-ms":200;
                                  method and path default to "*", times 0 is
                                  for ever, paths are without the prefix
  DELETE /control/fail-next       forget all of these
  POST /control/users             {"email","password","roles":["admin"],
                                   "is_disabled":false,
                                   "permissions":{"visibility":"user",
                                                  "proxy_hosts":"view"}}
  POST /control/certificates      {"common_name","days":30} as if uploaded;
                                  with "id" into an existing row
  POST /control/reserved-domains  {"domain_names":[]} of other kinds of hosts

Example:
  npm-standin --dir /tmp/npm --http-port 8080 > ready.json &
)";

/// Splits "127.0.0.1:3000".
void set_listen(options& o, const std::string& text) {
  const auto colon = text.rfind(':');
  const auto* end = text.data() + text.size();
  if (colon == std::string::npos
      || std::from_chars(text.data() + colon + 1, end, o.listen_port).ptr
           != end)
    throw CLI::ValidationError{"--listen", "expected ADDRESS:PORT"};
  o.listen_address = text.substr(0, colon);
}

void set_version(options& o, const std::string& text) {
  if (auto version = parse_npm_version(text))
    o.version = *version;
  else
    throw CLI::ValidationError{"--version-profile", "2.11, 2.12 or 2.15"};
}

void set_password(options& o, const std::string& file) {
  auto text = read_file(file);
  if (!text)
    throw CLI::ValidationError{"--password-file", "cannot read " + file};
  o.password = text->substr(0, text->find_first_of("\r\n"));
}

void set_directory(options& o, const std::string& path) {
  o.directory = std::filesystem::absolute(path).lexically_normal();
}

void declare(CLI::App& app, options& o) {
  auto with = [&o](void (*set)(options&, const std::string&)) {
    return [&o, set](const std::string& text) { set(o, text); };
  };
  app.add_option_function<std::string>("--listen", with(set_listen),
                                       "ADDRESS:PORT of the API; nginx has the "
                                       "same address [127.0.0.1:0]");
  app.add_option("--control-port", o.control_port,
                 "port of the control endpoint on 127.0.0.1, 0 for any");
  app.add_option("--http-port", o.http_port, "port of nginx, 0 for any");
  app.add_option("--https-port", o.https_port,
                 "the same for hosts with a certificate; none without it");
  app
    .add_option_function<std::string>("--dir", with(set_directory),
                                      "directory for everything nginx needs")
    ->required();
  app.add_option("--state", o.state_file,
                 "file that keeps hosts and users over a restart, with the "
                 "signing key beside it as keys.json [DIR/data/state.json]");
  app.add_option("--prefix", o.prefix,
                 "path of the API, \"\" as on the backend itself [/api]");
  app.add_option("--identity", o.identity,
                 "e-mail of the first admin [admin@example.com]");
  app.add_option_function<std::string>("--password-file", with(set_password),
                                       "file with the first admin's password");
  app.add_option("--resolver", o.resolver,
                 "name server that nginx asks for names of upstreams");
  app.add_option_function<std::string>(
    "--version-profile", with(set_version),
    "behaviour of 2.11, 2.12 or 2.15 [2.15]");
  app.add_option_function<std::int64_t>(
    "--mutation-ms",
    [&o](std::int64_t x) { o.mutation_time = std::chrono::milliseconds{x}; },
    "least time of a mutation [0]; a real server takes about 190");
  app.add_option("--nginx", o.nginx, "nginx to run [/usr/sbin/nginx]");
}

} // namespace

std::optional<options> parse_options(int argc, char** argv, int& exit_code) {
  options out;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet.
  if (const auto* password = std::getenv("NPM_STANDIN_PASSWORD"))
    out.password = password;
  CLI::App app{description, "npm-standin"};
  app.footer(footer);
  declare(app, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    exit_code = app.exit(problem);
    return std::nullopt;
  }
  if (out.state_file.empty())
    out.state_file = out.directory / "data/state.json";
  out.state_file = std::filesystem::absolute(out.state_file);
  while (out.prefix.ends_with('/'))
    out.prefix.pop_back();
  return out;
}

} // namespace npm_standin
