#include "tests/contract/npm_replay.hpp"

#include "tests/contract/npm_comparison.hpp"
#include "tests/support/npm_standin/files.hpp"
#include "tests/support/npm_standin/totp.hpp"

#include <algorithm>
#include <stdexcept>

namespace dw::test {

namespace fs = std::filesystem;
using npm_standin::json;

namespace {

recording load(const fs::path& file) {
  auto content
    = json::parse(npm_standin::read_file(file).value_or("")).value_or(json{});
  if (content.find("request") == nullptr)
    throw std::runtime_error{file.string() + " is no recorded exchange"};
  return {std::stoi(file.filename().string()), content.at("name").text(),
          content.at("request"), content.at("response")};
}

void replace_all(std::string& text, const std::string& from,
                 const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

bool contains(const json& x, const std::string& text) {
  return x.dump().find(text) != std::string::npos;
}

/// The recording says only how long it was.
std::string too_large_body() {
  json body;
  body["advanced_config"] = std::string(103'361, '#');
  return body.dump();
}

} // namespace

std::vector<recording> load_recordings(const std::vector<fs::path>& folders) {
  std::vector<recording> out;
  for (const auto& folder : folders)
    for (const auto& file : fs::directory_iterator{folder})
      if (file.path().extension() == ".json")
        out.push_back(load(file.path()));
  std::ranges::sort(out, {}, &recording::number);
  return out;
}

npm_replay::npm_replay(const npm_standin_process& standin)
  : standin_(standin), admin_(standin), token_(admin_.token()) {
  // nop
}

// -- who sends ----------------------------------------------------------------

void npm_replay::log_in(const std::string& identity,
                        const std::string& password) {
  token_ = npm_session{standin_, identity, password}.token();
}

void npm_replay::be_admin() {
  token_ = admin_.token();
}

void npm_replay::be_challenged() {
  token_ = challenge_;
}

// -- exchanges ----------------------------------------------------------------

plain_response npm_replay::send(const recording& what) {
  auto url = standin_.api_url();
  const auto& path = what.request.at("path").text();
  if (path.starts_with("/api"))
    url.resize(url.size() - std::string_view{"/api"}.size());
  auto ask = [&] {
    plain_request request{what.request.at("method").text(), url + path};
    for (const auto& [name, value] : what.request.at("headers").members())
      request.headers.emplace_back(name, fill_in(value.text()));
    if (!what.request.at("body").is_null())
      request.body = fill_in_body(what);
    return exchange(request);
  };
  auto response = ask();
  // A code may end between our clock and the server's; it may be repeated.
  if (contains(what.request.at("body"), "<TOTP>")
      && response.status != what.response.at("status").integer())
    response = ask();
  if (auto answer = json::parse(response.body))
    remember(*answer);
  return response;
}

void npm_replay::prepare(const std::string& method, const std::string& path,
                         const std::string& body) const {
  const auto answer = admin_.ask(method, path, body);
  if (answer.status / 100 != 2)
    throw std::runtime_error{method + " " + path + ": " + answer.body.dump()};
}

std::string npm_replay::fill_in(std::string text) {
  auto forged = token_;
  forged[forged.size() / 2 + forged.size() / 4] ^= 1;
  replace_all(text, "<JWT>", token_);
  replace_all(text, "<JWT-WITH-INVALID-SIGNATURE>", forged);
  if (text.find("<EXPIRED-JWT>") != std::string::npos)
    replace_all(text, "<EXPIRED-JWT>", expired_token());
  return text;
}

std::string npm_replay::fill_in_body(const recording& what) {
  const auto& body = what.request.at("body");
  auto text = body.is_string() ? body.text() : body.dump();
  if (text.starts_with("<JSON document"))
    return too_large_body();
  const auto ordinary = what.name.find("ordinary-token") != std::string::npos;
  replace_all(text, "<JWT>", ordinary ? admin_.token() : challenge_);
  replace_all(text, "<BACKUP_CODE>", backup_code_);
  if (!totp_secret_.empty())
    replace_all(text, "<TOTP>",
                npm_standin::totp(totp_secret_, npm_standin::now()));
  return text;
}

std::string npm_replay::expired_token() const {
  return admin_.ask("GET", "/tokens?expiry=1ms").body.at("token").text();
}

void npm_replay::remember(const json& answer) {
  if (const auto* secret = answer.find("secret"))
    totp_secret_ = secret->text();
  if (const auto* codes = answer.find("backup_codes"))
    backup_code_ = codes->items().front().text();
  if (const auto* challenge = answer.find("challenge_token"))
    challenge_ = challenge->text();
}

// -- comparison ---------------------------------------------------------------

std::vector<std::string>
differences(const recording& what, const plain_response& actual,
            const std::set<std::string>& ignored) {
  json answer;
  if (auto body = json::parse(actual.body))
    answer = *body;
  else if (!actual.body.empty())
    answer = actual.body;
  auto found = differences(what.response.at("body"), answer, ignored);
  const auto status = what.response.at("status").integer();
  if (status != actual.status)
    found.push_back("status " + std::to_string(status) + " became "
                    + std::to_string(actual.status));
  const auto& type = what.response.at("headers").at("content-type");
  if (type.is_string() && type.text() != actual.header("content-type"))
    found.push_back("content type became " + actual.header("content-type"));
  return found;
}

} // namespace dw::test
