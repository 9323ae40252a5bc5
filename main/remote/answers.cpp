#include "main/remote/answers.hpp"

#include "actors/journal_text.hpp"
#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/json.hpp"
#include "transports/response_error.hpp"
#include "transports/text.hpp"

#include <charconv>
#include <chrono>
#include <utility>

namespace dw::remote {

namespace {

using std::chrono::milliseconds;

constexpr auto not_ours_hint
  = "Check that docker-watcher serve is what listens there.";

// -- parts --------------------------------------------------------------------

template <class Enum>
void get_enum(const json::value& in, const char* name, Enum& x, Enum last) {
  if (auto member = in.member(name); !assign_enum(x, member.text(), last))
    member.reject("is unknown");
}

uint16_t port_of(const json::value& in, std::string_view text) {
  uint16_t result = 0;
  auto [end, err]
    = std::from_chars(text.data(), text.data() + text.size(), result);
  if (err != std::errc{} || end != text.data() + text.size())
    in.reject("has a port that is no number");
  return result;
}

// "127.0.0.1:32768->8080", as `ports_of` writes it.
port_binding binding_of(const json::value& in) {
  auto text = in.text();
  auto arrow = text.rfind("->");
  auto colon = text.rfind(':', arrow);
  port_binding x;
  if (arrow == std::string::npos || colon == std::string::npos) {
    in.reject("is no port");
    return x;
  }
  std::string_view view{text};
  x.host_ip = text.substr(0, colon);
  x.host_port = port_of(in, view.substr(colon + 1, arrow - colon - 1));
  x.container_port = port_of(in, view.substr(arrow + 2));
  return x;
}

container_summary container_of(const json::value& in) {
  container_summary x;
  x.project = in.text("project");
  x.stage = in.text("stage");
  x.id = in.needed_text("id");
  x.name = in.needed_text("name");
  x.image = in.text("image");
  x.status = in.text("status");
  x.instance_id = in.text("instance_id");
  get_enum(in, "state", x.state, container_state::unknown);
  // "?" stands for a label that is gone.
  if (auto tag = in.text("tag"); tag != "?")
    x.labels.emplace(label::tag, std::move(tag));
  auto ports = in.member("ports");
  for (size_t i = 0; i < ports.size(); ++i)
    x.ports.push_back(binding_of(ports.element(i)));
  return x;
}

proxy_host host_of(const json::value& in) {
  proxy_host x;
  x.id = in.needed_number("id");
  x.domains = in.texts("domains");
  auto target = in.needed_object("target");
  x.target.scheme = target.text("scheme");
  x.target.host = target.text("host");
  if (auto port = target.number("port"); std::in_range<uint16_t>(port))
    x.target.port = static_cast<uint16_t>(port);
  x.enabled = in.flag("enabled");
  x.certificate_id = in.number("certificate_id");
  x.access_list_id = in.number("access_list_id");
  x.ssl_forced = in.flag("ssl_forced");
  x.http2 = in.flag("http2");
  x.hsts = in.flag("hsts");
  x.websockets = in.flag("websockets");
  x.block_exploits = in.flag("block_exploits");
  x.caching = in.flag("caching");
  x.meta = in.text("meta");
  if (auto online = in.member("nginx_online"))
    x.nginx_online = online.flag();
  x.nginx_error = in.text("nginx_error");
  return x;
}

// The containers of one machine stand together.
stage_state& state_on(std::vector<stage_state>& all, const std::string& node) {
  if (all.size() == 1 && all.front().node.empty() && !all.front().current)
    all.front().node = node; // the first item
  if (all.back().node != node)
    all.emplace_back().node = node;
  return all.back();
}

// The part that a container plays says where it belongs.
void add_member(std::vector<stage_state>& all, const json::value& in) {
  if (in.text("type") == "proxy_host") {
    all.back().hosts.push_back(host_of(in));
    return;
  }
  auto& out = state_on(all, in.text("node"));
  if (in.text("type") == "lost_node") {
    out.problem = read_error(in.member("error"));
    return;
  }
  auto role = in.needed_text("role");
  if (role == "serves" || role == "stopped")
    out.current = container_of(in);
  else if (role == "kept" || role == "retiring")
    out.retired.push_back(container_of(in));
  else
    out.unfinished.push_back(container_of(in));
}

deploy_spec spec_of(const json::value& in) {
  deploy_spec x;
  x.project = in.needed_text("project");
  x.stage = in.needed_text("stage");
  // Otherwise what the server's configuration says.
  x.timeout = milliseconds{0};
  x.drain = milliseconds{-1};
  return x;
}

planned_change change_of(const json::value& in) {
  return {in.needed_text("action"), in.text("object"), in.texts("differences")};
}

step_record step_of(const json::value& in) {
  step_record x;
  get_enum(in, "phase", x.phase, last_deploy_phase);
  get_enum(in, "outcome", x.outcome, last_step_outcome);
  x.begun = time_from(in.number("begun_ms"));
  if (auto duration = in.member("duration_ms"))
    x.duration = milliseconds{duration.number()};
  return x;
}

work_record record_of(const json::value& in) {
  work_record x;
  x.work.deploy_id = in.needed_text("deploy_id");
  x.work.spec.project = in.text("project");
  x.work.spec.stage = in.text("stage");
  x.work.spec.image = in.text("image");
  x.work.asked_by = in.text("asked_by");
  get_enum(in, "action", x.work.action, last_stage_action);
  x.tag = in.text("tag");
  x.digest = in.text("digest");
  x.accepted = time_from(in.number("accepted_ms"));
  if (auto finished = in.member("finished_ms"))
    x.finished = time_from(finished.number());
  if (auto report = in.member("report"))
    x.report = read_report(report);
  auto steps = in.member("steps");
  for (size_t i = 0; i < steps.size(); ++i)
    x.steps.push_back(step_of(steps.element(i)));
  return x;
}

deploy_event event_of(const json::value& in) {
  deploy_event x;
  x.deploy_id = in.needed_text("deploy_id");
  x.project = in.text("project");
  x.stage = in.text("stage");
  x.sequence = static_cast<uint64_t>(in.number("sequence"));
  get_enum(in, "phase", x.phase, last_deploy_phase);
  x.elapsed = milliseconds{in.number("elapsed_ms")};
  x.text = in.text("text");
  x.retrying = in.flag("retrying");
  x.node = in.text("node");
  if (auto progress = in.member("progress")) {
    pull_progress y;
    y.layers_done = static_cast<uint32_t>(progress.number("layers_done"));
    y.layers_total = static_cast<uint32_t>(progress.number("layers_total"));
    y.bytes_done = static_cast<uint64_t>(progress.number("bytes_done"));
    y.bytes_total = static_cast<uint64_t>(progress.number("bytes_total"));
    y.status = progress.text("status");
    x.progress = std::move(y);
  }
  return x;
}

// -- answers ------------------------------------------------------------------

caf::error unreadable(const http_response& response, const std::string& why) {
  return make_failure(errc::bad_reply, response, why, not_ours_hint);
}

// Reads an answer of that status. @param read Takes the root.
template <class Read>
auto parse(const http_response& response, int status, Read read)
  -> caf::expected<decltype(read(std::declval<const json::value&>()))> {
  if (response.status != status)
    return to_error(response);
  json::document doc{response.body};
  auto result = read(doc.root());
  if (!doc.ok())
    return unreadable(response, doc.problem());
  return result;
}

// Reads a list.
template <class Read>
auto parse_items(const http_response& response, Read read) {
  return parse(response, 200, [read](const json::value& root) {
    std::vector<decltype(read(root))> result;
    auto items = root.needed_array("items");
    for (size_t i = 0; i < items.size(); ++i)
      result.push_back(read(items.element(i)));
    return result;
  });
}

// Reads the data of an event.
template <class Read>
auto parse_data(std::string data, Read read)
  -> caf::expected<decltype(read(std::declval<const json::value&>()))> {
  json::document doc{std::move(data)};
  auto result = read(doc.root());
  if (doc.ok())
    return result;
  return make_failure(errc::bad_reply, {.operation = "read an event",
                                        .reply = doc.problem(),
                                        .hint = not_ours_hint});
}

errc code_of_status(int status) {
  switch (status) {
    case 401:
      return errc::unauthorized;
    case 403:
      return errc::forbidden;
    case 404:
      return errc::not_found;
    case 429:
    case 503:
      return errc::busy;
    default:
      return status >= 500 ? errc::peer_failed : errc::rejected;
  }
}

// What the server itself refuses, rather than somebody whom it asked.
caf::error refusal(const http_response& response, errc code, std::string reply,
                   std::string hint) {
  if (code == errc::unauthorized)
    hint = "Put a token into DOCKER_WATCHER_TOKEN, or name it in the "
           "configuration (client.token). docker-watcher token create, where "
           "the server runs, makes one.";
  return make_failure(code, response, std::move(reply), std::move(hint));
}

} // namespace

caf::error to_error(const http_response& response) {
  json::document doc{response.body};
  auto root = doc.root();
  auto err = read_error(root.member("error"));
  if (!doc.ok() || !root.is_object())
    return refusal(response, code_of_status(response.status),
                   clean_text(response.body, 200), not_ours_hint);
  if (!err)
    return refusal(response, code_of_status(response.status),
                   clean_text(root.text("detail")), {});
  auto what = failure_of(err);
  // Ours say what was attempted and why not; those of the API itself do not say
  // what the user attempted.
  auto says_what = !what.operation.empty() || !what.object.empty();
  auto says_why = !what.reply.empty() || what.status != 0;
  if (says_what && says_why && what.operation != "serve")
    return err;
  return refusal(response, code_of(err), std::move(what.reply),
                 std::move(what.hint));
}

caf::error explain(const caf::error& err) {
  switch (code_of(err)) {
    case errc::socket_missing:
    case errc::connection_refused:
      return with_failure(err, [](failure& x) {
        x.hint = "Check that docker-watcher serve runs and listens there.";
      });
    case errc::socket_denied:
      return with_failure(err, [](failure& x) {
        x.hint = "Run as a user who may write to it, or use a TCP address of "
                 "the server and a token.";
      });
    default:
      return err;
  }
}

caf::expected<std::vector<deploy_spec>>
parse_stages(const http_response& response) {
  return parse_items(response, spec_of);
}

caf::expected<std::vector<stage_state>>
parse_stage(const http_response& response) {
  return parse(response, 200, [](const json::value& root) {
    std::vector<stage_state> result(1);
    auto items = root.needed_array("items");
    for (size_t i = 0; i < items.size(); ++i)
      add_member(result, items.element(i));
    return result;
  });
}

caf::expected<std::vector<planned_change>>
parse_plan(const http_response& response) {
  return parse_items(response, change_of);
}

caf::expected<std::vector<proxy_host>>
parse_routes(const http_response& response) {
  return parse_items(response, host_of);
}

caf::expected<std::vector<work_record>>
parse_deploys(const http_response& response) {
  return parse_items(response, record_of);
}

caf::expected<work_record> parse_deploy(const http_response& response) {
  return parse(response, 200, record_of);
}

caf::expected<std::string> parse_accepted(const http_response& response) {
  return parse(response, 202, [](const json::value& root) {
    return root.needed_text("deploy_id");
  });
}

caf::expected<deploy_event> parse_event(std::string data) {
  return parse_data(std::move(data), event_of);
}

caf::expected<deploy_report> parse_report(std::string data) {
  return parse_data(std::move(data),
                    [](const json::value& root) { return read_report(root); });
}

} // namespace dw::remote
