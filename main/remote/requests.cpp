#include "main/remote/requests.hpp"

#include "transports/json.hpp"
#include "transports/text.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace dw::remote::requests {

using namespace std::chrono_literals;

namespace {

// The server gives each of its own questions a deadline; this one is for a
// server that hangs.
constexpr auto answer_time = 120s;

// The server's sign of life in a stream of events comes every 15 s.
constexpr auto event_silence = 45s;

std::string name_of(const deploy_spec& spec) {
  return spec.project + "/" + spec.stage;
}

http_request make(http_method method, std::string target, std::string operation,
                  std::string object = {}) {
  http_request result;
  result.operation = std::move(operation);
  result.object = std::move(object);
  result.method = method;
  result.target = std::move(target);
  result.deadlines.total = answer_time;
  return result;
}

http_request
get(std::string target, std::string operation, std::string object = {}) {
  return make(http_method::get, std::move(target), std::move(operation),
              std::move(object));
}

// Adds a parameter to the query, unless it is empty.
void add(std::string& target, const char* name, const std::string& value) {
  if (value.empty())
    return;
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += name;
  target += "=" + percent_encode(value);
}

std::string path_of(const deploy_spec& spec) {
  return "/v1/stages/" + percent_encode(spec.project) + "/"
         + percent_encode(spec.stage);
}

// The image as `--image` names it.
std::string reference_of(const deploy_spec& spec) {
  auto result = spec.image;
  if (!spec.tag.empty())
    result += ":" + spec.tag;
  if (!spec.digest.empty())
    result += "@" + spec.digest;
  return result;
}

struct image_choice {
  std::string image;
  std::string tag;
};

image_choice choice_of(const deploy_spec& spec) {
  if (spec.image.empty())
    return {{}, spec.tag};
  return {reference_of(spec), {}};
}

// A stream ends when its server does, or falls silent for longer than `idle`.
void make_endless(http_request& x, std::chrono::milliseconds idle) {
  x.deadlines.first_byte = answer_time;
  x.deadlines.idle = idle;
  x.deadlines.total = 0ms;
}

} // namespace

http_request address(http_request x, const server_address& server) {
  x.origin = server.origin;
  x.peer = "the server at " + server.display;
  if (!server.token.reveal().empty())
    x.headers.push_back(
      {"Authorization", secret{"Bearer " + server.token.reveal()}});
  return x;
}

http_request list_stages() {
  return get("/v1/stages", "list the stages");
}

http_request read_stage(const deploy_spec& spec) {
  return get(path_of(spec), "read the state of", name_of(spec));
}

http_request read_plan(const deploy_spec& spec) {
  auto target = path_of(spec) + "/plan";
  auto choice = choice_of(spec);
  add(target, "image", choice.image);
  add(target, "tag", choice.tag);
  return get(std::move(target), "plan", name_of(spec));
}

http_request follow_log(const deploy_spec& spec, const read_logs& what) {
  auto target = path_of(spec) + "/logs?tagged=1";
  if (what.tail >= 0)
    add(target, "tail", std::to_string(what.tail));
  if (what.follow)
    add(target, "follow", "1");
  if (what.timestamps)
    add(target, "timestamps", "1");
  if (!spec.place.nodes.empty())
    add(target, "node", spec.place.nodes.front());
  auto result = get(std::move(target), "read the log of", name_of(spec));
  // An application may have nothing to say for days.
  make_endless(result, 0ms);
  return result;
}

http_request list_routes() {
  return get("/v1/routes", "list the proxy hosts");
}

http_request find_route(const std::string& domain) {
  std::string target = "/v1/routes";
  add(target, "domain", domain);
  return get(std::move(target), "find the proxy host of", domain);
}

http_request list_deploys(const list_history& x) {
  std::string target = "/v1/deploys";
  add(target, "project", x.project);
  add(target, "stage", x.stage);
  add(target, "limit", std::to_string(x.limit));
  return get(std::move(target), "read the history");
}

http_request read_deploy(const std::string& id) {
  return get("/v1/deploys/" + percent_encode(id), "find deploy", id);
}

http_request submit(const submit_work& work, const std::string& key) {
  const auto& spec = work.spec;
  auto result = make(http_method::post, "/v1/deploys", to_string(work.action),
                     name_of(spec));
  auto choice = choice_of(spec);
  auto is_deploy = work.action == stage_action::deploy;
  auto is_rollback = work.action == stage_action::rollback;
  // A retirement, say, is of the stage that was deployed with them.
  auto tag = is_rollback ? work.rollback_to : is_deploy ? choice.tag : "";
  json::writer out;
  out.begin_object()
    .text("stage", name_of(spec))
    .text("action", to_string(work.action));
  if (is_deploy && !choice.image.empty())
    out.text("image", choice.image);
  if (!tag.empty())
    out.text("tag", tag);
  if (spec.timeout > 0ms)
    out.number("timeout_ms", spec.timeout.count());
  if (work.skip_drain)
    out.flag("skip_drain", true);
  if (spec.drain >= 0ms)
    out.number("drain_ms", spec.drain.count());
  result.body = out.end_object().str();
  result.headers = {{"Content-Type", secret{"application/json"}},
                    {"Idempotency-Key", secret{key}}};
  return result;
}

http_request cancel_deploy(const std::string& id) {
  return make(http_method::post,
              "/v1/deploys/" + percent_encode(id) + "/cancel", "cancel deploy",
              id);
}

http_request follow_events(const std::string& last_id) {
  auto result = get("/v1/events", "follow the events");
  if (!last_id.empty())
    result.headers.push_back({"Last-Event-ID", secret{last_id}});
  make_endless(result, event_silence);
  return result;
}

} // namespace dw::remote::requests
