#include "tests/support/npm_fixture.hpp"

namespace dw::test {

namespace {

caf::error scripted_failure(errc code) {
  // Only what NPM itself answered has a status.
  return make_failure(code, {.status = code == errc::timed_out ? 0 : 500,
                             .reply = "scripted"});
}

token_keeper_actor::behavior_type
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

} // namespace

npm_endpoint npm_fixture::make_endpoint(std::string lock_folder) {
  npm_endpoint result;
  result.origin.base_url = "http://npm.test:81";
  result.base_path = "/api";
  result.lock_folder = std::move(lock_folder);
  return result;
}

npm_fixture::npm_fixture(const npm_endpoint& endpoint)
  : tokens{std::make_shared<scripted_tokens>()}, http{*this} {
  auto keeper = keep(sys.spawn(scripted_token_keeper, tokens));
  aut = keep(proxy_registrar_actor{sys.spawn(
    proxy_registrar, endpoint, http_client_actor{http.actor()}, keeper)});
  run();
}

scripted_exchange&
npm_fixture::on(http_method method, const std::string& target) {
  return http.on(method, hosts_path + target);
}

scripted_exchange& npm_fixture::on_list(const std::vector<proxy_host>& hosts) {
  return http.on(get, hosts_path).answer(200, to_json(hosts));
}

scripted_exchange& npm_fixture::on_post() {
  return http.on(post, hosts_path);
}

scripted_exchange& npm_fixture::on_account(const std::string& permissions) {
  return http.on(get, "/api/users/me?expand=permissions")
    .answer(200, R"({"id":2,"roles":[],"permissions":)" + permissions + "}");
}

std::string npm_fixture::created(proxy_host host) {
  host.nginx_online = caf::none;
  return to_json(host);
}

proxy_host npm_fixture::offline(int64_t id, const std::string& place) {
  auto result = make_host(id, {"a.test"});
  result.nginx_online = false;
  result.nginx_error
    = "[emerg] 134#134: unknown directive \"x\" in /data/nginx/proxy_host/"
      + place
      + "\nnginx: configuration file /etc/nginx/nginx.conf test "
        "failed\n";
  return result;
}

create_proxy_host npm_fixture::wanted() {
  create_proxy_host result;
  result.domains = {"A.test"};
  result.target = {"http", "127.0.0.1", 8080};
  return result;
}

update_proxy_host npm_fixture::port_update(int64_t id, uint16_t port) {
  update_proxy_host result;
  result.id = id;
  result.target = proxy_target{"http", "127.0.0.1", port};
  return result;
}

std::string npm_fixture::token_in(const http_request& request) {
  for (const auto& header : request.headers)
    if (header.name == "Authorization")
      return header.value.reveal().substr(sizeof("Bearer ") - 1);
  return {};
}

} // namespace dw::test
