#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/json_lines.hpp"
#include "main/version.hpp"
#include "messages/error.hpp"

namespace dw::api {

void tell_health(daemon&, call& x) {
  answer_json(x.out, 200, json_line{"health"}.add("good", true).str());
}

namespace {

caf::error find_problem(session& running) {
  auto engine = running.ask<engine_info>(running.svc().engine, ping_engine{});
  if (!engine)
    return std::move(engine.error());
  if (!running.svc().proxy)
    return caf::none;
  auto proxy = running.ask<proxy_info>(running.svc().proxy, ping_proxy{});
  return proxy ? caf::error{} : std::move(proxy.error());
}

} // namespace

// Ready means that a deploy could succeed: the engine answers, and so does the
// proxy if there is one. Everybody may ask, so it is not told what is wrong.
void tell_readiness(daemon& to, call& x) {
  to.look_up(std::move(x), [&to](const call&) -> caf::expected<std::string> {
    if (auto problem = find_problem(to.running()))
      return make_failure(
        errc::busy, {.reply = "not ready: " + dw::to_string(code_of(problem)),
                     .hint = "docker-watcher check says more."});
    return json_line{"health"}.add("good", true).str();
  });
}

void tell_version(daemon&, call& x) {
  answer_json(x.out, 200, version_json(version));
}

void tell_metrics(daemon& to, call& x) {
  x.out.answer(
    {200,
     {{"Content-Type", secret{"text/plain; version=0.0.4; charset=utf-8"}}},
     to.counters().text()});
}

} // namespace dw::api
