// npm-sim: a simulated Nginx Proxy Manager with its proxy. Its interface is
// described in bench/README.md.

#include "bench/common/command_line.hpp"
#include "bench/sim/conditions.hpp"
#include "bench/sim/control.hpp"
#include "bench/sim/http_server.hpp"
#include "bench/sim/npm_hosts.hpp"
#include "bench/sim/program.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <iostream>
#include <optional>

namespace {

using namespace dw::sim;

constexpr auto identity = "admin@example.com";
constexpr auto password = "changeme";

// Header, the claims of a token that is valid for a day, and a signature that
// nobody
// checks.
constexpr auto token = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
                       "eyJpc3MiOiJhcGkiLCJpYXQiOjE3OTU0NDkyODksImV4cCI6"
                       "MTc5NTUzNTY4OX0.c2lnbmF0dXJl";

constexpr auto json_headers
  = "Content-Type: application/json; charset=utf-8\r\n";

constexpr size_t api_port = 0;

struct options {
  common_options common;
  uint16_t port = 0;
  uint16_t traffic_port = 0;
  std::optional<double> mutation_ms;
};

latencies latencies_of(const options& x) {
  auto result = profile_of(x.common.profile);
  result.mutation = x.mutation_ms.value_or(result.mutation);
  return result;
}

std::string error_text(int code, std::string_view message) {
  return fmt::format(R"({{"error":{{"code":{},"message":{}}}}})", code,
                     json_string(message));
}

class simulator {
public:
  explicit simulator(const options& x)
    : options_{x}, weather_{loop_, latencies_of(x), x.common.fault_rate,
                            x.common.seed},
      server_{loop_, [this](const connection_ptr& to, const request& what,
                            size_t port) { handle(to, what, port); }} {
    // nop
  }

  void run() {
    auto api = server_.listen_tcp(options_.port, api_port);
    auto traffic = server_.listen_tcp(options_.traffic_port, api_port + 1);
    run_until_told(loop_, fmt::format(R"({{"ready":"npm-sim",)"
                                      R"("api":"http://127.0.0.1:{}",)"
                                      R"("traffic":"http://127.0.0.1:{}"}})",
                                      api, traffic));
  }

private:
  void handle(const connection_ptr& to, const request& x, size_t port) {
    if (port != api_port)
      answer_visitor(to, x);
    else if (x.path.starts_with("/_sim/"))
      control(to, x);
    else if (x.path.starts_with("/api"))
      handle_api(to, x);
    else
      fall_through(to, x);
  }

  void count(const char* kind) {
    ++exchanges_[kind];
  }

  // NPM's answer to whatever it does not know or does not allow.
  void fall_through(const connection_ptr& to, const request& x) {
    count("refused");
    auto path = x.path.starts_with("/api") ? x.path.substr(4) : x.path;
    to->reply(404, json_headers, error_text(404, "Not Found - " + path));
  }

  void read(const connection_ptr& to, const char* kind, std::string body) {
    count(kind);
    weather_.after(weather_.times().proxy_read, [to, body = std::move(body)] {
      to->reply(200, json_headers, body);
    });
  }

  // -- visitors ---------------------------------------------------------------

  void answer_visitor(const connection_ptr& to, const request& x) {
    count("traffic");
    auto domain = x.host.substr(0, x.host.find(':'));
    weather_.after(weather_.times().traffic, [this, to, domain] {
      if (const auto* host = hosts_.find_served(domain))
        to->reply(200,
                  fmt::format("Server: openresty\r\nContent-Type: text/plain"
                              "\r\nX-Served-By: {}\r\nX-Instance-Id: {}\r\n",
                              domain, host->instance_id),
                  "hello\n");
      else
        to->reply(404, "Server: openresty\r\nContent-Type: text/html\r\n",
                  "<h1>404 Not Found</h1>\n");
    });
  }

  // -- the API ----------------------------------------------------------------

  void handle_api(const connection_ptr& to, const request& x) {
    auto parts = segments_of(x.path);
    parts.erase(parts.begin());
    if (parts.empty()) {
      static const auto body = to_text(recorded_body("npm/001-health"));
      read(to, "health", body);
    } else if (parts[0] == "tokens") {
      handle_tokens(to, x);
    } else if (x.authorization != std::string{"Bearer "} + token) {
      fall_through(to, x);
    } else if (parts[0] == "users") {
      static const auto body
        = to_text(recorded_body("npm/extra/092-limited-users-me"));
      read(to, "account", body);
    } else if (parts.size() >= 2 && parts[1] == "proxy-hosts") {
      handle_hosts(to, x, parts);
    } else {
      fall_through(to, x);
    }
  }

  void handle_tokens(const connection_ptr& to, const request& x) {
    auto answer = fmt::format(
      R"({{"token":"{}","expires":"2026-12-24T15:54:49.519Z"}})", token);
    if (x.method == verb::get) {
      read(to, "refresh", answer);
      return;
    }
    count("login");
    json body;
    body.Parse(x.body.c_str());
    auto has = [&body](const char* key, const char* value) {
      return body.IsObject() && body.HasMember(key) && body[key] == value;
    };
    auto is_right = has("identity", identity) && has("secret", password);
    weather_.after(weather_.times().login, [to, is_right, answer] {
      if (is_right)
        to->reply(200, json_headers, answer);
      else
        to->reply(400, json_headers,
                  error_text(400, "Invalid email or password"));
    });
  }

  void handle_hosts(const connection_ptr& to, const request& x,
                    const std::vector<std::string_view>& parts) {
    if (parts.size() == 2 && x.method == verb::get) {
      read(to, "host_list", hosts_.list(parameter_of(x.query, "query")));
    } else if (parts.size() == 2 && x.method == verb::post) {
      change(to, "host_create", [this, to, x] { create(to, x); });
    } else if (parts.size() >= 3) {
      int64_t id = 0;
      std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), id);
      handle_host(to, x, id, parts.size() == 4 ? parts[3] : "");
    } else {
      fall_through(to, x);
    }
  }

  void handle_host(const connection_ptr& to, const request& x, int64_t id,
                   std::string_view what) {
    auto* host = hosts_.find(id);
    if (host == nullptr) {
      count("refused");
      to->reply(404, json_headers,
                error_text(404, "Not Found - " + std::to_string(id)));
    } else if (x.method == verb::get) {
      read(to, "host_read", host->text);
    } else if (x.method == verb::put) {
      change(to, "host_update", [this, to, x, id] { update(to, x, id); });
    } else if (x.method == verb::delete_) {
      change(to, "host_delete", [this, to, id] {
        hosts_.remove(id);
        to->reply(200, json_headers, "true");
      });
    } else if (what == "enable" || what == "disable") {
      change(to, "host_update", [this, to, id, on = what == "enable"] {
        if (auto* y = hosts_.find(id))
          hosts_.set_enabled(*y, on);
        to->reply(200, json_headers, "true");
      });
    } else {
      fall_through(to, x);
    }
  }

  void create(const connection_ptr& to, const request& x) {
    json body;
    body.Parse(x.body.c_str());
    std::string taken;
    if (body.HasParseError() || !body.IsObject()
        || !body.HasMember("domain_names"))
      to->reply(400, json_headers, error_text(400, "data is invalid"));
    else if (const auto* host = hosts_.create(body, taken))
      to->reply(201, json_headers, created_text(*host));
    else
      to->reply(400, json_headers,
                error_text(400, taken + " is already in use"));
  }

  void update(const connection_ptr& to, const request& x, int64_t id) {
    json body;
    body.Parse(x.body.c_str());
    std::string taken;
    auto* host = hosts_.find(id);
    if (host == nullptr || body.HasParseError() || !body.IsObject())
      to->reply(400, json_headers, error_text(400, "data is invalid"));
    else if (hosts_.update(*host, body, taken) != nullptr)
      to->reply(200, json_headers, updated_text(*host));
    else
      to->reply(400, json_headers,
                error_text(400, taken + " is already in use"));
  }

  // Counts those that run at the same time, which the real one does not bear.
  void change(const connection_ptr& to, const char* kind,
              std::function<void()> make_and_reply) {
    count(kind);
    ++mutations_;
    most_at_once_ = std::max(most_at_once_, ++under_way_);
    auto fails = weather_.next_fault(kind);
    weather_.after(weather_.times().mutation, [this, to, fails,
                                               f = std::move(make_and_reply)] {
      --under_way_;
      auto refuse = [&to] {
        to->reply(500, json_headers, error_text(500, "Internal Error"));
      };
      weather_.befall(fails, to, refuse, f);
    });
  }

  // -- control ----------------------------------------------------------------

  void control(const connection_ptr& to, const request& x) {
    if (control_faults(weather_, to, x))
      return;
    if (x.path == "/_sim/statistics") {
      to->reply(200, control_headers, statistics());
    } else if (x.path == "/_sim/hosts") {
      to->reply(200, control_headers, hosts_.list({}));
    } else if (x.path == "/_sim/reset" && x.method == verb::post) {
      hosts_.reset();
      exchanges_.clear();
      mutations_ = most_at_once_ = 0;
      weather_.reset(options_.common.seed);
      auto open = server_.counts().open;
      server_.counts() = {0, open, open};
      to->reply(204, {}, {});
    } else {
      to->reply(404, {}, {});
    }
  }

  std::string statistics() {
    uint64_t total = 0;
    std::string kinds;
    for (const auto& [kind, number] : exchanges_) {
      total += number;
      kinds += fmt::format(",\"{}\":{}", kind, number);
    }
    const auto& counts = server_.counts();
    return fmt::format(
      R"({{"exchanges":{{"total":{}{}}},"mutations":{},)"
      R"("mutations_at_once":{},"open_mutations":{},"faults":{},"held":{},)"
      R"("connections":{{"accepted":{},"open":{},"peak":{}}},"hosts":{}}})",
      total, kinds, mutations_, most_at_once_, under_way_, weather_.faults(),
      weather_.held(), counts.accepted, counts.open, counts.peak,
      hosts_.size());
  }

  options options_;
  boost::asio::io_context loop_{1};
  conditions weather_;
  npm_hosts hosts_;
  std::map<std::string, uint64_t, std::less<>> exchanges_;
  uint64_t mutations_ = 0;
  uint64_t most_at_once_ = 0;
  uint64_t under_way_ = 0;
  http_server server_;
};

} // namespace

int main(int argc, char** argv) try {
  options x;
  CLI::App app{"A simulated Nginx Proxy Manager with its proxy."};
  app.add_option("--port", x.port, "of the API; 0 for any")
    ->capture_default_str();
  app.add_option("--traffic-port", x.traffic_port, "of the proxy; 0 for any")
    ->capture_default_str();
  app.add_option("--mutation-ms", x.mutation_ms,
                 "how long a mutation takes, whatever the profile says");
  add_common_options(app, x.common);
  dw::bench::parse_or_exit(app, argc, argv, std::cout);
  simulator{x}.run();
  return 0;
} catch (const std::exception& err) {
  std::cerr << "npm-sim: " << err.what() << '\n';
  return 1;
}
