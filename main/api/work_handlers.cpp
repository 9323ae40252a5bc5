#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/api/work_request.hpp"
#include "messages/error.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace dw::api {

namespace {

// Whether there is none, or one that can be kept. An empty one is the mistake
// of a client, whose requests are not the same then.
bool is_good_key(const server_request& request) {
  constexpr size_t max_key = 255;
  auto is_it = [](const auto& x) { return x.name == "idempotency-key"; };
  const auto& all = request.headers;
  if (std::none_of(all.begin(), all.end(), is_it))
    return true;
  auto key = request.header("idempotency-key");
  return !key.empty() && key.size() <= max_key
         && std::all_of(key.begin(), key.end(),
                        [](char c) { return c >= ' ' && c < '\x7f'; });
}

} // namespace

void follow_events(daemon& to, call& x) {
  caf::anon_send(to.streams(), follow_call{std::move(x)});
}

void list_deploys(daemon& to, call& x) {
  caf::anon_send(to.directory(), list_call{std::move(x)});
}

void submit_deploy(daemon& to, call& x) {
  if (!to.accepts()) {
    answer_problem(x.out,
                   make_failure(errc::busy,
                                {.operation = "accept work",
                                 .reply = "the server is being stopped",
                                 .hint = "Ask again when it runs again."}));
    return;
  }
  if (!is_good_key(x.request)) {
    answer_problem(x.out,
                   make_failure(errc::invalid_argument,
                                {.operation = "accept work",
                                 .reply = "the Idempotency-Key is not 1 to 255 "
                                          "printable characters of ASCII"}));
    return;
  }
  auto work = parse_work_request(*to.config(), x.request.body);
  if (!work) {
    answer_problem(x.out, work.error());
    return;
  }
  if (work->action == stage_action::remove && x.may < scope::admin) {
    answer_forbidden(x.out, "remove",
                     work->spec.project + "/" + work->spec.stage, scope::admin);
    return;
  }
  caf::anon_send(to.tracker(), submit_call{std::move(x), std::move(*work)});
}

void read_deploy(daemon& to, call& x) {
  caf::anon_send(to.directory(), read_call{std::move(x)});
}

void cancel_deploy(daemon& to, call& x) {
  caf::anon_send(to.directory(), cancel_call{std::move(x)});
}

} // namespace dw::api
