#include "bench/peers/floor/proxy.hpp"

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

namespace dw::peer {

namespace {

constexpr auto hosts_path = "/api/nginx/proxy-hosts";
constexpr auto json_header = "Content-Type: application/json";
constexpr auto instance_header = "X-Instance-Id";
constexpr std::chrono::milliseconds verify_interval{100};
constexpr std::chrono::minutes max_verify_time{1};

// nginx reports through NPM whether it serves a host.
void check_online(const std::string& host) {
  if (value_after(host, R"("nginx_online":)") != "true")
    throw std::runtime_error{"nginx did not take the proxy host: " + host};
}

// The header, which outlives the visit, and where to.
struct visit {
  visit(origin to, const std::string& domain) : where{std::move(to)} {
    where.headers = curl_slist_append(nullptr, ("Host: " + domain).c_str());
  }

  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  ~visit() {
    curl_slist_free_all(where.headers);
  }

  origin where;
};

bool is_answer_of(const exchange& x, const std::string& instance) {
  curl_header* header = nullptr;
  return curl_easy_header(x.handle(), instance_header, 0, CURLH_HEADER, -1,
                          &header)
           == CURLHE_OK
         && header->value == instance;
}

} // namespace

proxy::proxy(http_loop& loop, const std::string& npm,
             const std::string& traffic)
  : loop_{loop}, mutation_{loop} {
  api_.url = npm;
  api_.body_headers = curl_slist_append(nullptr, json_header);
  traffic_.url = traffic;
  traffic_.is_fresh = true;
}

proxy::~proxy() {
  curl_slist_free_all(api_.headers);
  curl_slist_free_all(api_.body_headers);
}

task<void> proxy::login(exchange& x, const std::string& identity,
                        const std::string& password) {
  const std::string target = "/api/tokens";
  auto body = login_body(identity, password);
  const auto& answer = co_await x.send(verb::post, api_, target, &body);
  auto token = value_after(answer, R"("token":")");
  if (token.empty())
    throw std::runtime_error{"NPM gives no token"};
  auto header = fmt::format("Authorization: Bearer {}", token);
  api_.headers = curl_slist_append(nullptr, header.c_str());
  api_.body_headers = curl_slist_append(api_.body_headers, header.c_str());
}

task<std::string> proxy::find(exchange& x, const deploy_data& what) {
  auto target = fmt::format("{}?query={}", hosts_path, what.domain);
  const auto& list = co_await x.send(verb::get, api_, target);
  co_return std::string{value_after(list, R"("id":)")};
}

task<void> proxy::route(exchange& x, const deploy_data& what,
                        const std::string& host, const std::string& port) {
  if (!host.empty()) {
    co_await update(x, what, host, port);
    co_return;
  }
  auto made = co_await create(x, what, port);
  // The answer to a POST does not tell whether nginx took it.
  auto target = fmt::format("{}/{}", hosts_path, made);
  const auto& read = co_await x.send(verb::get, api_, target);
  check_online(read);
}

task<std::string>
proxy::create(exchange& x, const deploy_data& what, const std::string& port) {
  auto guard = co_await mutation_.take();
  const std::string target = hosts_path;
  auto body = new_host_body(what, port);
  const auto& host = co_await x.send(verb::post, api_, target, &body);
  co_return std::string{value_after(host, R"("id":)")};
}

task<void> proxy::update(exchange& x, const deploy_data& what,
                         const std::string& host, const std::string& port) {
  auto guard = co_await mutation_.take();
  auto target = fmt::format("{}/{}", hosts_path, host);
  auto body = changed_host_body(what, port);
  const auto& changed = co_await x.send(verb::put, api_, target, &body);
  check_online(changed);
}

task<void> proxy::verify(exchange& x, const deploy_data& what) {
  const std::string target = "/";
  visit v{traffic_, what.domain};
  auto deadline = http_loop::clock::now() + max_verify_time;
  while (true) {
    co_await x.send(verb::get, v.where, target);
    if (is_answer_of(x, what.instance))
      co_return;
    if (http_loop::clock::now() > deadline)
      throw std::runtime_error{what.domain
                               + " is not answered by the new instance"};
    co_await loop_.sleep(verify_interval);
  }
}

} // namespace dw::peer
