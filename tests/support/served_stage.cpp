#include "tests/support/served_stage.hpp"

#include "tests/support/await.hpp"

#include <stdexcept>
#include <utility>

namespace dw::test {

using npm_standin::json;

served_stage::served_stage() {
  stage.settings().image = image();
  stage.settings().more.emplace_back("health: {path: /healthz}");
  stage.program.settings.socket = files.path("api.sock");
}

child_process served_stage::serve(const watcher::variables& more) const {
  auto result = stage.program.start({"serve"}, more);
  result.wait_for_output("listening on");
  return result;
}

std::vector<std::string>
served_stage::curl(std::vector<std::string> more) const {
  std::vector<std::string> words{"curl", "--silent", "--no-buffer",
                                 "--unix-socket", files.path("api.sock")};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

served_stage::answer served_stage::ask(const std::string& path,
                                       std::vector<std::string> more) const {
  more.insert(more.end(), {"--write-out", "\n%{http_code}", "http://x" + path});
  auto text = run_child({curl(std::move(more))}).output;
  auto end = text.rfind('\n');
  auto body = json::parse(text.substr(0, end));
  if (end == std::string::npos || !body)
    throw std::runtime_error{path + " is answered with " + text};
  return {std::stoi(text.substr(end + 1)), *body};
}

served_stage::answer
served_stage::post(const std::string& path, const std::string& body,
                   std::vector<std::string> more) const {
  more.insert(more.end(), {"--data", body});
  return ask(path, std::move(more));
}

std::string served_stage::submit(const std::string& tag) const {
  auto x = post("/v1/deploys",
                R"({"stage":")" + stage.name() + R"(","tag":")" + tag + "\"}");
  if (x.status != 202)
    throw std::runtime_error{"not accepted: " + x.body.dump()};
  return x.body.at("deploy_id").text();
}

json served_stage::await_end(const std::string& id) const {
  json record;
  await("the end of deploy " + id, [&] {
    record = ask("/v1/deploys/" + id).body;
    return record.find("report") != nullptr;
  });
  return record;
}

} // namespace dw::test
