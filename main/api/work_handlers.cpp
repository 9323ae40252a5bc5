#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/api/work_request.hpp"
#include "messages/error.hpp"

#include <caf/send.hpp>

namespace dw::api {

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
