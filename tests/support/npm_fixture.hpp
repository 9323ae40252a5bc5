#pragma once

#include "actors/proxy_registrar.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/npm_hosts.hpp"
#include "tests/support/scripted_http.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dw::test {

/// What a stand-in for the TOKEN KEEPER does, and what it was asked.
struct scripted_tokens {
  /// How often the token was replaced: the current one is "token-N".
  size_t generation = 0;
  std::optional<errc> refresh_failure;
  std::optional<errc> login_failure;
  size_t refreshes = 0;
  std::vector<std::string> replaced;

  proxy_token current() const {
    return {secret{"token-" + std::to_string(generation)},
            std::chrono::hours{24}};
  }
};

inline caf::error scripted_failure(errc code) {
  // Only what NPM itself answered has a status.
  return make_failure(code, {.status = code == errc::timed_out ? 0 : 500,
                             .reply = "scripted"});
}

inline token_keeper_actor::behavior_type
scripted_token_keeper(token_keeper_actor::pointer self,
                      std::shared_ptr<scripted_tokens> script) {
  self->set_error_handler([](caf::error&) {
    // nop
  });
  return {
    [script](const get_token&) { return script->current(); },
    [script](const replace_token& x) -> caf::result<proxy_token> {
      script->replaced.push_back(x.token.reveal());
      if (script->login_failure)
        return scripted_failure(*script->login_failure);
      ++script->generation;
      return script->current();
    },
    [script](const login&) { return script->current(); },
    [script](const refresh_token&) -> caf::result<proxy_token> {
      ++script->refreshes;
      if (script->refresh_failure)
        return scripted_failure(*script->refresh_failure);
      return script->current();
    },
    [](const cancel&) {
      // nop
    },
  };
}

/// A PROXY REGISTRAR between stand-ins.
struct npm_fixture : actor_fixture {
  static constexpr auto get = http_method::get;
  static constexpr auto post = http_method::post;
  static constexpr auto put_ = http_method::put;
  static constexpr auto del = http_method::del;

  static inline const std::string hosts_path = "/api/nginx/proxy-hosts";
  static inline const std::string internal_error
    = R"({"error":{"code":500,"message":"Internal Error"}})";
  static inline const std::string expired
    = R"({"error":{"code":400,"message":"Token has expired"}})";

  static npm_endpoint make_endpoint(std::string lock_folder = {}) {
    npm_endpoint result;
    result.origin.base_url = "http://npm.test:81";
    result.base_path = "/api";
    result.lock_folder = std::move(lock_folder);
    return result;
  }

  explicit npm_fixture(const npm_endpoint& endpoint = make_endpoint())
    : tokens{std::make_shared<scripted_tokens>()}, http{*this} {
    auto keeper = keep(sys.spawn(scripted_token_keeper, tokens));
    aut = keep(proxy_registrar_actor{sys.spawn(
      proxy_registrar, endpoint, http_client_actor{http.actor()}, keeper)});
    run();
  }

  // -- what NPM does ---------------------------------------------------------

  /// Foresees a request for one host. @param target Below the collection.
  scripted_exchange& on(http_method method, const std::string& target) {
    return http.on(method, hosts_path + target);
  }

  scripted_exchange& on_list(const std::vector<proxy_host>& hosts) {
    return http.on(get, hosts_path).answer(200, to_json(hosts));
  }

  scripted_exchange& on_post() {
    return http.on(post, hosts_path);
  }

  scripted_exchange& on_account(const std::string& permissions) {
    return http.on(get, "/api/users/me?expand=permissions")
      .answer(200, R"({"id":2,"roles":[],"permissions":)" + permissions + "}");
  }

  /// The answer to a POST, which tells no verdict.
  static std::string created(proxy_host host) {
    host.nginx_online = caf::none;
    return to_json(host);
  }

  /// A host that nginx refused. @param place Where nginx saw the reason.
  static proxy_host offline(int64_t id, const std::string& place) {
    auto result = make_host(id, {"a.test"});
    result.nginx_online = false;
    result.nginx_error
      = "[emerg] 134#134: unknown directive \"x\" in /data/nginx/proxy_host/"
        + place
        + "\nnginx: configuration file /etc/nginx/nginx.conf test "
          "failed\n";
    return result;
  }

  // -- what is asked ---------------------------------------------------------

  /// Sends a request and delivers what can be delivered.
  template <class T, class What>
  pending<T> begin(What what) {
    auto result = request<T>(aut, std::move(what));
    run();
    return result;
  }

  static create_proxy_host wanted() {
    create_proxy_host result;
    result.domains = {"A.test"};
    result.target = {"http", "127.0.0.1", 8080};
    return result;
  }

  static update_proxy_host port_update(int64_t id, uint16_t port) {
    update_proxy_host result;
    result.id = id;
    result.target = proxy_target{"http", "127.0.0.1", port};
    return result;
  }

  static std::string token_in(const http_request& request) {
    for (const auto& header : request.headers)
      if (header.name == "Authorization")
        return header.value.reveal().substr(sizeof("Bearer ") - 1);
    return {};
  }

  std::shared_ptr<scripted_tokens> tokens;
  scripted_http http;
  proxy_registrar_actor aut;
};

} // namespace dw::test
