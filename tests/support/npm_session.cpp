#include "tests/support/npm_session.hpp"

#include <stdexcept>

namespace dw::test {

using npm_standin::json;

std::string npm_answer::message() const {
  const auto& text = body.at("error").at("message");
  return text.is_string() ? text.text() : std::string{};
}

npm_session::npm_session(const npm_standin_process& standin,
                         const std::string& identity,
                         const std::string& password)
  : npm_session(standin.api_url(), identity, password) {
  // nop
}

npm_session::npm_session(std::string api_url, const std::string& identity,
                         const std::string& password)
  : api_url_(std::move(api_url)) {
  json body;
  body["identity"] = identity;
  body["secret"] = password;
  const auto answer = ask("POST", "/tokens", body.dump());
  if (!answer.body.at("token").is_string())
    throw std::runtime_error{"no login as " + identity + ": "
                             + answer.body.dump()};
  token_ = answer.body.at("token").text();
}

const std::string& npm_session::token() const {
  return token_;
}

npm_answer npm_session::ask(const std::string& method, const std::string& path,
                            const std::string& body) const {
  plain_request request{method, api_url_ + path};
  if (!token_.empty())
    request.headers.emplace_back("Authorization", "Bearer " + token_);
  if (!body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
  }
  const auto response = exchange(request);
  return {response.status, json::parse(response.body).value_or(json{})};
}

std::int64_t
npm_session::create_host(const std::string& domain, std::uint16_t port,
                         const std::string& more) const {
  auto body = R"({"forward_scheme":"http","forward_host":"127.0.0.1",)"
              R"("domain_names":[")"
              + domain + R"("],"forward_port":)" + std::to_string(port);
  if (!more.empty())
    body += "," + more;
  const auto answer = ask("POST", "/nginx/proxy-hosts", body + "}");
  if (answer.status != 201)
    throw std::runtime_error{"no host " + domain + ": " + answer.body.dump()};
  return answer.body.at("id").integer();
}

npm_answer
npm_session::update_host(std::int64_t id, const std::string& body) const {
  return ask("PUT", "/nginx/proxy-hosts/" + std::to_string(id), body);
}

} // namespace dw::test
