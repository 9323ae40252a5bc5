#include "main/api/auto_deployer.hpp"
#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/json_lines.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <caf/send.hpp>

#include <algorithm>

namespace dw::api {

namespace {

caf::error refuse(const std::string& hook, errc code, std::string reply,
                  std::string hint) {
  return make_failure(code, {.operation = "receive a push at the webhook",
                             .object = clean_text(hook, 64),
                             .reply = std::move(reply),
                             .hint = std::move(hint)});
}

std::string verdict_json(const push_verdict& x) {
  json_line out{"push"};
  out.add("stage", x.project + "/" + x.stage).add("tag", x.tag);
  if (!x.deploy_id.empty())
    out.add("deploy_id", x.deploy_id);
  if (!x.reason.empty())
    out.add("reason", x.reason);
  return out.str();
}

// Senders come again after a 503, and then what was accepted is known.
void answer_push(const responder& out, const std::string& hook,
                 const std::vector<push_verdict>& verdicts) {
  auto has_failed = [](const auto& x) { return static_cast<bool>(x.error); };
  auto is_accepted = [](const auto& x) { return !x.deploy_id.empty(); };
  if (std::any_of(verdicts.begin(), verdicts.end(), has_failed)) {
    answer_problem(out, refuse(hook, errc::busy,
                               "not every stage can take it now; the log says "
                               "why",
                               "Send it again."));
    return;
  }
  std::vector<std::string> items;
  items.reserve(verdicts.size());
  for (const auto& x : verdicts)
    items.push_back(verdict_json(x));
  auto has_accepted
    = std::any_of(verdicts.begin(), verdicts.end(), is_accepted);
  answer_json(out, has_accepted ? 202 : 200, list_json(items));
}

} // namespace

// A stranger does not learn which webhooks there are.
void receive_push(daemon& to, call& x) {
  const auto& name = x.args.front();
  auto config = to.config();
  const auto& hooks = config->automatic.webhooks;
  auto i = hooks.find(name);
  if (i == hooks.end()
      || !is_authentic(i->second.from, x.request, i->second.key)) {
    to.charge_failed_login(x.client);
    answer_problem(x.out, 401,
                   refuse(name, errc::unauthorized,
                          "there is no webhook of this name and secret", {}));
    return;
  }
  if (!to.accepts()) {
    answer_problem(x.out,
                   refuse(name, errc::busy, "the server is being stopped",
                          "Send it again."));
    return;
  }
  const auto& hook = i->second;
  auto images = read_pushed_images(hook.from, x.request, hook.registry);
  if (!images) {
    auto is_large = code_of(images.error()) == errc::too_large;
    answer_problem(x.out, is_large ? 413 : 400, images.error());
    return;
  }
  auto answer = [out = x.out, name](
                  const caf::expected<std::vector<push_verdict>>& verdicts) {
    if (verdicts)
      answer_push(out, name, *verdicts);
    else
      answer_problem(out, verdicts.error());
  };
  caf::anon_send(to.deployer(), push_call{"webhook " + name, std::move(*images),
                                          std::move(answer)});
}

} // namespace dw::api
