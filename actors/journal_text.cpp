#include "actors/journal_text.hpp"

#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "transports/json.hpp"

#include <utility>

namespace dw {

namespace {

// -- writing ------------------------------------------------------------------

template <class Duration>
int64_t ms(Duration x) {
  return std::chrono::milliseconds{x}.count();
}

void put(json::writer& out, const char* name, const caf::optional<bool>& x) {
  if (x)
    out.flag(name, *x);
}

void put(json::writer& out, const char* name, const caf::optional<int64_t>& x) {
  if (x)
    out.number(name, *x);
}

void put(json::writer& out, const health_spec& x) {
  out.key("health").begin_object();
  out.text("path", x.path)
    .texts("command", x.command)
    .number("interval_ms", ms(x.interval))
    .number("timeout_ms", ms(x.timeout))
    .number("stable_ms", ms(x.stable))
    .end_object();
}

void put(json::writer& out, const resource_limits& x) {
  out.key("resources").begin_object();
  out.number("memory", static_cast<int64_t>(x.memory))
    .number("nano_cpus", x.nano_cpus)
    .number("pids", x.pids)
    .end_object();
}

void put(json::writer& out, const proxy_options& x) {
  out.key("proxy").begin_object();
  put(out, "websockets", x.websockets);
  put(out, "block_exploits", x.block_exploits);
  put(out, "caching", x.caching);
  put(out, "certificate", x.certificate);
  put(out, "force_ssl", x.force_ssl);
  put(out, "http2", x.http2);
  put(out, "hsts", x.hsts);
  put(out, "access_list", x.access_list);
  out.end_object();
}

std::vector<std::string> names_of(const std::vector<env_entry>& env) {
  std::vector<std::string> result;
  result.reserve(env.size());
  for (const auto& x : env)
    result.push_back(x.name);
  return result;
}

void put_error(json::writer& out, const caf::error& err) {
  auto x = failure_of(err);
  out.key("error").begin_object();
  out.text("code", to_string(code_of(err)))
    .text("operation", x.operation)
    .text("object", x.object)
    .text("peer", x.peer)
    .number("status", x.status)
    .text("reply", x.reply)
    .text("hint", x.hint)
    .text("log_tail", x.log_tail)
    .end_object();
}

// -- reading ------------------------------------------------------------------

void get(const json::value& in, const char* name, std::string& x) {
  if (in.member(name).is_text())
    x = in.text(name);
}

void get(const json::value& in, const char* name, bool& x) {
  if (in.member(name).is_flag())
    x = in.flag(name);
}

template <class Int>
void get_number(const json::value& in, const char* name, Int& x) {
  auto member = in.member(name);
  if (!member.is_number())
    return;
  if (std::in_range<Int>(member.number()))
    x = static_cast<Int>(member.number());
  else
    member.reject("is out of range");
}

template <class Duration>
void get_ms(const json::value& in, const char* name, Duration& x) {
  if (in.member(name).is_number())
    x = std::chrono::duration_cast<Duration>(
      std::chrono::milliseconds{in.number(name)});
}

template <class Enum>
void get_enum(const json::value& in, const char* name, Enum& x, Enum last,
              Enum first = Enum{}) {
  if (auto member = in.member(name);
      member && !assign_enum(x, member.text(), last, first))
    member.reject("is unknown");
}

void get(const json::value& in, const char* name, caf::optional<bool>& x) {
  if (in.member(name).is_flag())
    x = in.flag(name);
}

void get(const json::value& in, const char* name, caf::optional<int64_t>& x) {
  if (in.member(name).is_number())
    x = in.number(name);
}

health_spec health_of(const json::value& in) {
  health_spec x;
  get(in, "path", x.path);
  x.command = in.texts("command");
  get_ms(in, "interval_ms", x.interval);
  get_ms(in, "timeout_ms", x.timeout);
  get_ms(in, "stable_ms", x.stable);
  return x;
}

resource_limits resources_of(const json::value& in) {
  resource_limits x;
  get_number(in, "memory", x.memory);
  get_number(in, "nano_cpus", x.nano_cpus);
  get_number(in, "pids", x.pids);
  return x;
}

proxy_options proxy_of(const json::value& in) {
  proxy_options x;
  get(in, "websockets", x.websockets);
  get(in, "block_exploits", x.block_exploits);
  get(in, "caching", x.caching);
  get(in, "certificate", x.certificate);
  get(in, "force_ssl", x.force_ssl);
  get(in, "http2", x.http2);
  get(in, "hsts", x.hsts);
  get(in, "access_list", x.access_list);
  return x;
}

caf::error damaged(const char* what, const json::document& text) {
  return make_failure(errc::storage_failed,
                      {.operation = "read from the journal",
                       .object = what,
                       .reply = text.problem()});
}

} // namespace

// -- times --------------------------------------------------------------------

caf::timestamp time_from(int64_t milliseconds) {
  constexpr auto latest = std::chrono::floor<std::chrono::milliseconds>(
    caf::timestamp::max().time_since_epoch());
  std::chrono::milliseconds x{milliseconds};
  return caf::timestamp{
    x.count() >= 0 && x <= latest ? x : std::chrono::milliseconds{0}};
}

// -- specs --------------------------------------------------------------------

std::string write_spec(const deploy_spec& x) {
  json::writer out;
  out.begin_object()
    .text("project", x.project)
    .text("stage", x.stage)
    .text("image", x.image)
    .text("tag", x.tag)
    .text("digest", x.digest)
    .text("pull", to_string(x.pull))
    .text("drift", to_string(x.drift))
    .number("port", x.port)
    .texts("command", x.command)
    .texts("env", names_of(x.env))
    .text_map("labels", x.labels)
    .texts("volumes", x.volumes);
  put(out, x.resources);
  out.text("restart", x.restart_policy)
    .number("stop_timeout_ms", ms(x.stop_timeout));
  put(out, x.health);
  out.number("drain_ms", ms(x.drain))
    .number("soak_ms", ms(x.soak))
    .number("keep", x.keep)
    .number("timeout_ms", ms(x.timeout))
    .text("network", x.network)
    .text("publish_on", x.publish_on)
    .text("target", to_string(x.target))
    .text("publish", to_string(x.publish))
    .number("replicas", x.replicas)
    .texts("domains", x.domains);
  put(out, x.proxy);
  out.flag("adopt", x.adopt)
    .text("forward", to_string(x.forward))
    .text("forward_host", x.forward_host)
    .text("verify_url", x.verify_url)
    .texts("nodes", x.place.nodes)
    .number("parallel", x.place.parallel)
    .text("on_failure", to_string(x.place.on_failure))
    .end_object();
  return out.str();
}

caf::expected<deploy_spec> read_spec(std::string text) {
  json::document doc{std::move(text)};
  auto in = doc.root();
  deploy_spec x;
  x.project = in.needed_text("project");
  x.stage = in.needed_text("stage");
  get(in, "image", x.image);
  get(in, "tag", x.tag);
  get(in, "digest", x.digest);
  get_enum(in, "pull", x.pull, last_pull_policy);
  get_enum(in, "drift", x.drift, last_drift_policy);
  get_number(in, "port", x.port);
  x.command = in.texts("command");
  for (auto& name : in.texts("env"))
    x.env.push_back({std::move(name), {}});
  x.labels = in.text_map("labels");
  x.volumes = in.texts("volumes");
  x.resources = resources_of(in.member("resources"));
  get(in, "restart", x.restart_policy);
  get_ms(in, "stop_timeout_ms", x.stop_timeout);
  x.health = health_of(in.member("health"));
  get_ms(in, "drain_ms", x.drain);
  get_ms(in, "soak_ms", x.soak);
  get_number(in, "keep", x.keep);
  get_ms(in, "timeout_ms", x.timeout);
  get(in, "network", x.network);
  get(in, "publish_on", x.publish_on);
  get_enum(in, "target", x.target, last_deploy_target);
  get_enum(in, "publish", x.publish, last_publish_mode);
  get_number(in, "replicas", x.replicas);
  x.domains = in.texts("domains");
  x.proxy = proxy_of(in.member("proxy"));
  get(in, "adopt", x.adopt);
  get_enum(in, "forward", x.forward, last_forward_mode);
  get(in, "forward_host", x.forward_host);
  get(in, "verify_url", x.verify_url);
  x.place.nodes = in.texts("nodes");
  get_number(in, "parallel", x.place.parallel);
  get_enum(in, "on_failure", x.place.on_failure, last_rollout_failure);
  if (!doc.ok())
    return damaged("a spec", doc);
  return x;
}

secret write_env_values(const std::vector<env_entry>& env) {
  json::writer out;
  out.begin_array();
  for (const auto& x : env)
    out.text(x.value.reveal());
  out.end_array();
  return secret{out.str()};
}

caf::error read_env_values(std::vector<env_entry>& env, const secret& text) {
  json::document doc{text.reveal()};
  auto in = doc.root();
  if (in.size() != env.size())
    in.reject("has not as many values as there are names");
  if (!doc.ok())
    return damaged("an environment", doc);
  for (size_t i = 0; i < env.size(); ++i)
    env[i].value = secret{in.element(i).text()};
  return caf::none;
}

// -- reports ------------------------------------------------------------------

namespace {

void put(json::writer& out, const std::vector<node_result>& nodes) {
  out.key("nodes").begin_array();
  for (const auto& x : nodes)
    out.begin_object()
      .text("node", x.node)
      .text("outcome", to_string(x.outcome))
      .flag("was_undone", x.was_undone)
      .text("container_name", x.container_name)
      .text("problem", x.problem)
      .end_object();
  out.end_array();
}

std::vector<node_result> nodes_of(const json::value& in) {
  std::vector<node_result> result;
  for (size_t i = 0; i < in.size(); ++i) {
    auto from = in.element(i);
    node_result x;
    x.node = from.needed_text("node");
    get_enum(from, "outcome", x.outcome, last_deploy_outcome);
    get(from, "was_undone", x.was_undone);
    get(from, "container_name", x.container_name);
    get(from, "problem", x.problem);
    result.push_back(std::move(x));
  }
  return result;
}

} // namespace

std::string write_report(const deploy_report& x) {
  json::writer out;
  out.begin_object()
    .text("deploy_id", x.deploy_id)
    .text("project", x.project)
    .text("stage", x.stage)
    .text("action", to_string(x.action))
    .text("outcome", to_string(x.outcome))
    .text("phase", to_string(x.phase))
    .text("tag", x.tag)
    .text("digest", x.digest)
    .text("container_id", x.container_id)
    .text("container_name", x.container_name)
    .text("instance_id", x.instance_id)
    .texts("leftovers", x.leftovers)
    .number("elapsed_ms", ms(x.elapsed));
  if (!x.nodes.empty())
    put(out, x.nodes);
  if (x.error)
    put_error(out, x.error);
  out.end_object();
  return out.str();
}

caf::error read_error(const json::value& in) {
  if (!in)
    return caf::none;
  auto code = errc::internal;
  get_enum(in, "code", code, last_errc, errc::invalid_argument);
  failure x;
  get(in, "operation", x.operation);
  get(in, "object", x.object);
  get(in, "peer", x.peer);
  get_number(in, "status", x.status);
  get(in, "reply", x.reply);
  get(in, "hint", x.hint);
  get(in, "log_tail", x.log_tail);
  return make_failure(code, std::move(x));
}

deploy_report read_report(const json::value& in) {
  deploy_report x;
  x.deploy_id = in.needed_text("deploy_id");
  get(in, "project", x.project);
  get(in, "stage", x.stage);
  // Absent from what older versions wrote.
  get_enum(in, "action", x.action, last_stage_action);
  get_enum(in, "outcome", x.outcome, last_deploy_outcome);
  get_enum(in, "phase", x.phase, last_deploy_phase);
  get(in, "tag", x.tag);
  get(in, "digest", x.digest);
  get(in, "container_id", x.container_id);
  get(in, "container_name", x.container_name);
  get(in, "instance_id", x.instance_id);
  x.leftovers = in.texts("leftovers");
  get_ms(in, "elapsed_ms", x.elapsed);
  x.nodes = nodes_of(in.member("nodes"));
  x.error = read_error(in.member("error"));
  return x;
}

caf::expected<deploy_report> read_report(std::string text) {
  json::document doc{std::move(text)};
  auto x = read_report(doc.root());
  if (!doc.ok())
    return damaged("a report", doc);
  return x;
}

} // namespace dw
