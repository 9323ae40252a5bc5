#include "tests/support/npm_standin/backend.hpp"
#include "tests/support/npm_standin/dispatch.hpp"
#include "tests/support/npm_standin/http_server.hpp"
#include "tests/support/npm_standin/options.hpp"
#include "tests/support/npm_standin/routes.hpp"

#include <arpa/inet.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

namespace npm_standin {

namespace {

/// Signals that end the program, taken by the main thread in its own time.
sigset_t block_signals() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return ends;
}

void add_first_admin(database& db, const options& o) {
  db.write([&](tables& t) {
    if (t.users.rows.empty())
      add_user(t,
               json::object{{"email", o.identity},
                            {"name", "Administrator"},
                            {"nickname", "Admin"},
                            {"roles", json::array{json{"admin"}}}},
               o.password);
  });
}

std::set<std::int64_t> known_hosts(const database& db) {
  return db.read([](const tables& t) {
    std::set<std::int64_t> out;
    for (const auto* row : t.proxy_hosts.live())
      out.insert(row->at("id").integer());
    return out;
  });
}

/// Starts nginx; our copies of its sockets are closed when this returns.
std::unique_ptr<site>
start_nginx(const options& o, const database& db, nginx_layout& layout) {
  std::vector<listening_socket> sockets;
  layout.http_port = sockets.emplace_back(layout.address, o.http_port).port();
  if (o.https_port)
    layout.https_port
      = sockets.emplace_back(layout.address, *o.https_port).port();
  return std::make_unique<site>(o.nginx, layout, sockets, known_hosts(db));
}

/// Asks for a page and waits for the answer, which nginx gives when its workers
/// are up.
bool answers(const nginx_layout& layout) {
  const auto descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, layout.address.c_str(), &address.sin_addr);
  address.sin_port = htons(layout.http_port);
  constexpr std::string_view question = "GET / HTTP/1.0\r\n\r\n";
  char first = 0;
  const auto answered
    = ::connect(descriptor, reinterpret_cast<sockaddr*>(&address),
                sizeof(address))
        == 0
      && ::send(descriptor, question.data(), question.size(), 0) > 0
      && ::recv(descriptor, &first, 1, 0) == 1;
  ::close(descriptor);
  return answered;
}

/// Writes the configuration of hosts that are served according to the database
/// but have no file, as after the loss of the directory.
void restore_hosts(backend& b) {
  const auto missing = b.db.read([&](const tables& t) {
    std::vector<std::int64_t> out;
    for (const auto* row : t.proxy_hosts.live()) {
      const auto& online = row->at("meta").at("nginx_online");
      const auto id = row->at("id").integer();
      if (row->at("enabled").flag() && online.is_bool() && online.flag()
          && !b.web.has_file(id))
        out.push_back(id);
    }
    return out;
  });
  for (auto id : missing)
    configure_host(b, id);
}

void announce(const options& o, const backend& b, const nginx_layout& layout,
              const http_server& api, const http_server& control) {
  auto url = [](const std::string& host, std::uint16_t port) {
    return "http://" + host + ":" + std::to_string(port);
  };
  json line;
  line["api_url"] = url(o.listen_address, api.port()) + o.prefix;
  line["traffic_url"] = url(layout.address, layout.http_port);
  line["https_port"] = layout.https_port;
  line["control_url"] = url("127.0.0.1", control.port());
  line["version"] = to_string(b.version);
  line["pid"] = ::getpid();
  line["nginx_pid"] = b.web.pid();
  std::cout << line.dump() << std::endl;
}

int run(const options& o, const sigset_t& ends) {
  database db{o.state_file};
  token_office tokens{
    std::filesystem::path{o.state_file}.replace_filename("keys.json")};
  add_first_admin(db, o);
  nginx_layout layout{
    .root = o.directory, .address = o.listen_address, .resolver = o.resolver};
  auto web = start_nginx(o, db, layout);
  if (!answers(layout)) {
    std::cerr << "nginx does not run: " << web->complaint();
    return 1;
  }
  backend b{.version = o.version,
            .prefix = o.prefix,
            .mutation_time = o.mutation_time,
            .db = db,
            .tokens = tokens,
            .web = *web};
  restore_hosts(b);
  http_server api{o.listen_address, o.listen_port,
                  [&b](const request& in) { return serve_api(b, in); }};
  http_server control{"127.0.0.1", o.control_port, [&b](const request& in) {
                        return dispatch(b, control_routes(), in, in.path);
                      }};
  api.start();
  control.start();
  announce(o, b, layout, api, control);
  int received = 0;
  ::sigwait(&ends, &received);
  b.waiting.cancel();
  api.stop();
  control.stop();
  return 0;
}

} // namespace

} // namespace npm_standin

int main(int argc, char** argv) {
  using namespace npm_standin;
  int exit_code = 0;
  const auto o = parse_options(argc, argv, exit_code);
  if (!o)
    return exit_code;
  const auto ends = block_signals();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  try {
    return run(*o, ends);
  } catch (const std::exception& problem) {
    std::cerr << "npm-standin: " << problem.what() << '\n';
    return 1;
  }
}
