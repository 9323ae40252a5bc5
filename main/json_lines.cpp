#include "main/json_lines.hpp"

#include "main/container_text.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

namespace dw {

json_line::json_line(std::string_view type) {
  out_.StartObject();
  add("type", type);
}

json_line& json_line::add(std::string_view key, std::string_view value) {
  put(key);
  put(value);
  return *this;
}

json_line& json_line::add(std::string_view key, const char* value) {
  return add(key, std::string_view{value});
}

json_line& json_line::add(std::string_view key, bool value) {
  put(key);
  out_.Bool(value);
  return *this;
}

json_line& json_line::add(std::string_view key, int64_t value) {
  put(key);
  out_.Int64(value);
  return *this;
}

json_line&
json_line::add(std::string_view key, const std::vector<std::string>& values) {
  put(key);
  out_.StartArray();
  for (const auto& x : values)
    put(x);
  out_.EndArray();
  return *this;
}

json_line& json_line::add(std::string_view key, const caf::error& value) {
  if (!value) {
    put(key);
    out_.Null();
    return *this;
  }
  auto x = failure_of(value);
  begin(key);
  add("code", to_string(code_of(value)));
  add("text", render(value));
  add("operation", x.operation);
  add("object", x.object);
  add("peer", x.peer);
  add("status", int64_t{x.status});
  add("reply", x.reply);
  add("hint", x.hint);
  add("log_tail", x.log_tail);
  return end();
}

json_line& json_line::raw(std::string_view key, std::string_view json) {
  put(key);
  out_.RawValue(json.data(), json.size(), rapidjson::kNullType);
  return *this;
}

json_line& json_line::begin(std::string_view key) {
  put(key);
  out_.StartObject();
  return *this;
}

json_line& json_line::end() {
  out_.EndObject();
  return *this;
}

void json_line::put(std::string_view text) {
  if (!is_utf8(text))
    return put(to_utf8(text));
  out_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

std::string json_line::str() {
  out_.EndObject();
  return {buffer_.GetString(), buffer_.GetSize()};
}

std::string to_json(const deploy_event& x) {
  json_line line{"event"};
  line.add("deploy_id", x.deploy_id)
    .add("project", x.project)
    .add("stage", x.stage)
    .add("sequence", static_cast<int64_t>(x.sequence))
    .add("phase", to_string(x.phase))
    .add("elapsed_ms", x.elapsed.count())
    .add("text", x.text)
    .add("retrying", x.retrying);
  if (!x.node.empty())
    line.add("node", x.node);
  if (x.progress)
    line.begin("progress")
      .add("layers_done", int64_t{x.progress->layers_done})
      .add("layers_total", int64_t{x.progress->layers_total})
      .add("bytes_done", static_cast<int64_t>(x.progress->bytes_done))
      .add("bytes_total", static_cast<int64_t>(x.progress->bytes_total))
      .add("status", x.progress->status)
      .end();
  return line.str();
}

namespace {

std::string nodes_json(const std::vector<node_result>& nodes) {
  std::string result;
  for (const auto& x : nodes)
    result += (result.empty() ? "" : ",")
              + json_line{"node_result"}
                  .add("node", x.node)
                  .add("outcome", to_string(x.outcome))
                  .add("was_undone", x.was_undone)
                  .add("container_name", x.container_name)
                  .add("problem", x.problem)
                  .str();
  return "[" + result + "]";
}

} // namespace

std::string to_json(const deploy_report& x) {
  json_line line{"report"};
  line.add("deploy_id", x.deploy_id)
    .add("project", x.project)
    .add("stage", x.stage)
    .add("action", to_string(x.action))
    .add("outcome", to_string(x.outcome))
    .add("phase", to_string(x.phase))
    .add("tag", x.tag)
    .add("digest", x.digest)
    .add("container_id", x.container_id)
    .add("container_name", x.container_name)
    .add("instance_id", x.instance_id)
    .add("leftovers", x.leftovers)
    .add("elapsed_ms", x.elapsed.count())
    .add("error", x.error);
  if (!x.nodes.empty())
    line.raw("nodes", nodes_json(x.nodes));
  return line.str();
}

namespace {

std::string to_json(const step_record& x) {
  json_line line{"step"};
  line.add("phase", to_string(x.phase))
    .add("outcome", to_string(x.outcome))
    .add("begun_ms", to_milliseconds(x.begun));
  if (x.duration)
    line.add("duration_ms", x.duration->count());
  return line.str();
}

} // namespace

std::string to_json(const work_record& x, const deploy_event* latest) {
  std::string steps;
  for (const auto& step : x.steps)
    steps += (steps.empty() ? "" : ",") + to_json(step);
  json_line line{"deploy"};
  line.add("deploy_id", x.work.deploy_id)
    .add("project", x.work.spec.project)
    .add("stage", x.work.spec.stage)
    .add("action", to_string(x.work.action))
    .add("asked_by", x.work.asked_by)
    .add("image", x.work.spec.image)
    .add("tag", x.tag)
    .add("digest", x.digest)
    .add("accepted_ms", to_milliseconds(x.accepted))
    .raw("steps", "[" + steps + "]");
  if (x.finished)
    line.add("finished_ms", to_milliseconds(*x.finished));
  if (x.report)
    line.raw("report", to_json(*x.report));
  else if (latest)
    line.raw("latest", to_json(*latest));
  return line.str();
}

std::string to_json(const proxy_host& x) {
  json_line line{"proxy_host"};
  line.add("id", x.id)
    .add("domains", x.domains)
    .begin("target")
    .add("scheme", x.target.scheme)
    .add("host", x.target.host)
    .add("port", int64_t{x.target.port})
    .end()
    .add("enabled", x.enabled)
    .add("certificate_id", x.certificate_id)
    .add("access_list_id", x.access_list_id)
    .add("ssl_forced", x.ssl_forced)
    .add("http2", x.http2)
    .add("hsts", x.hsts)
    .add("websockets", x.websockets)
    .add("block_exploits", x.block_exploits)
    .add("caching", x.caching)
    .add("meta", x.meta);
  if (x.nginx_online)
    line.add("nginx_online", *x.nginx_online);
  return line.add("nginx_error", x.nginx_error).str();
}

namespace {

json_line& add_drift(json_line& line, const drift& x) {
  return line.add("project", x.project)
    .add("stage", x.stage)
    .add("kind", to_string(x.kind))
    .add("text", x.text);
}

} // namespace

std::string to_json(const drift& x) {
  json_line line{"drift"};
  return add_drift(line, x).str();
}

std::string to_json(const drift_event& x) {
  json_line line{"drift"};
  return add_drift(line, x.what)
    .add("state", to_string(x.state))
    .add("reason", x.reason)
    .str();
}

std::string to_json(const deploy_spec& spec, const planned_change& x) {
  return json_line{"change"}
    .add("project", spec.project)
    .add("stage", spec.stage)
    .add("action", x.action)
    .add("object", x.object)
    .add("differences", x.differences)
    .str();
}

std::string to_json(const caf::error& x) {
  return json_line{"error"}.add("error", x).str();
}

std::string refusal_json(std::string_view stage, const caf::error& reason) {
  return json_line{"refused"}.add("stage", stage).add("error", reason).str();
}

std::string notice_json(std::string_view text) {
  return json_line{"notice"}.add("text", text).str();
}

std::string to_json(const node_status& x) {
  return json_line{"node"}
    .add("node", x.name)
    .add("address", x.address)
    .add("state", to_string(x.state))
    .add("version", x.version)
    .add("has_proxy", x.has_proxy)
    .add("error", x.problem)
    .str();
}

std::string lost_node_json(const deploy_spec& spec, const stage_state& x) {
  return json_line{"lost_node"}
    .add("project", spec.project)
    .add("stage", spec.stage)
    .add("node", x.node)
    .add("error", x.problem)
    .str();
}

std::string container_json(std::string_view role, const container_summary& x,
                           const std::string& node) {
  json_line line{"container"};
  if (!node.empty())
    line.add("node", node);
  return line.add("project", x.project)
    .add("stage", x.stage)
    .add("role", role)
    .add("id", x.id)
    .add("name", x.name)
    .add("tag", tag_of(x))
    .add("image", x.image)
    .add("state", to_string(x.state))
    .add("status", x.status)
    .add("instance_id", x.instance_id)
    .add("ports", ports_of(x))
    .str();
}

std::string check_json(std::string_view what, std::string_view text,
                       const caf::error& problem) {
  return json_line{"check"}
    .add("what", what)
    .add("good", !problem)
    .add("text", text)
    .add("error", problem)
    .str();
}

std::string version_json(std::string_view version) {
  return json_line{"version"}.add("version", version).str();
}

} // namespace dw
