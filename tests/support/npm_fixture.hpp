#pragma once

#include "actors/proxy_registrar.hpp"
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

  static npm_endpoint make_endpoint(std::string lock_folder = {});

  explicit npm_fixture(const npm_endpoint& endpoint = make_endpoint());

  // -- what NPM does ---------------------------------------------------------

  /// Foresees a request for one host. @param target Below the collection.
  scripted_exchange& on(http_method method, const std::string& target);

  scripted_exchange& on_list(const std::vector<proxy_host>& hosts);

  scripted_exchange& on_post();

  scripted_exchange& on_account(const std::string& permissions);

  /// The answer to a POST, which tells no verdict.
  static std::string created(proxy_host host);

  /// A host that nginx refused. @param place Where nginx saw the reason.
  static proxy_host offline(int64_t id, const std::string& place);

  // -- what is asked ---------------------------------------------------------

  /// Sends a request and delivers what can be delivered.
  template <class T, class What>
  pending<T> begin(What what) {
    auto result = request<T>(aut, std::move(what));
    run();
    return result;
  }

  static create_proxy_host wanted();

  static update_proxy_host port_update(int64_t id, uint16_t port);

  static std::string token_in(const http_request& request);

  std::shared_ptr<scripted_tokens> tokens;
  scripted_http http;
  proxy_registrar_actor aut;
};

} // namespace dw::test
