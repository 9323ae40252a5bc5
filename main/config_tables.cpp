#include "main/config_tables.hpp"

namespace dw {

namespace {

using namespace std::chrono_literals;

constexpr auto longest = std::chrono::milliseconds{24h};

/// Collects the keys that set members of a `Target`.
template <class Target>
struct table_maker {
  template <class T, class Member>
  void operator()(std::string path, value_kind<T> kind, Member member,
                  std::string text) {
    table.push_back(make_key<Target>(std::move(path), std::move(kind), member,
                                     std::move(text)));
  }

  key_table<Target> table;
};

using stage_table = table_maker<deploy_spec>;

/// The place of a member of a member.
template <class Target, class Outer, class Inner>
auto within(Outer Target::*outer, Inner Outer::*inner) {
  return [outer, inner](Target& x) -> Inner& { return x.*outer.*inner; };
}

auto tls(std::string tls_files::*file) {
  return [file](global_settings& x) -> std::string& {
    if (!x.engine.tls)
      x.engine.tls = tls_files{};
    return (*x.engine.tls).*file;
  };
}

void add_server_keys(table_maker<global_settings>& key) {
  using s = global_settings;
  key(
    "server.listen", listeners_kind(),
    within(&s::server, &server_settings::listen),
    "Where `docker-watcher serve` listens: `unix:///PATH`, which is for those "
    "who may write to it, or `tcp://IP:PORT`, which asks for a token. Without "
    "it `unix:///run/docker-watcher.sock`.");
  key("server.tls.cert", file_path_kind(),
      within(&s::server, &server_settings::certificate),
      "The certificate for `tcp://`, in PEM format, followed by those of the "
      "authorities between. Required beyond the loopback interface.");
  key("server.tls.key", file_path_kind(),
      within(&s::server, &server_settings::key), "Its key.");
  key("server.history", history_kind(),
      within(&s::server, &server_settings::history),
      "How many deploys of each stage the history keeps.");
  key("server.prune_images", flag_kind(),
      within(&s::server, &server_settings::prune_images),
      "Remove images from the engine that deploys of this server have pulled, "
      "once neither its history nor a container nor anybody's tag needs them. "
      "Other images are left alone.");
  key("server.grace", duration_kind(0s, 1h),
      within(&s::server, &server_settings::grace),
      "How long work that runs may go on after a signal to stop. What has not "
      "ended then goes on at the next start.");
  auto log = [](auto member) {
    return [member](global_settings & x) -> auto& {
      return x.server.log.*member;
    };
  };
  key("server.log.level", log_level_kind(), log(&log_settings::level),
      "What the server logs, to standard error: `error` only what failed, "
      "`info` also each step of a deploy, `debug` also each request.");
  key("server.log.format", log_format_kind(), log(&log_settings::format),
      "Lines of text, or a JSON object per line.");
  key("server.drift", drift_policy_kind(),
      within(&s::stage, &deploy_spec::drift),
      "The `drift` of stages that do not say theirs.");
  key("server.drift_interval", duration_kind(10s, longest),
      within(&s::server, &server_settings::drift_interval),
      "How often all stages are compared with what the engine and the proxy "
      "have, beside when the engine tells of a change.");
}

void add_client_keys(table_maker<global_settings>& key) {
  using s = global_settings;
  key("client.server",
      text_kind("URL", "a server such as https://deploy.example.com:8443"),
      within(&s::client, &client_settings::server),
      "The `docker-watcher serve` that commands ask instead of working "
      "themselves: `unix:///PATH`, `/PATH`, `http://127.0.0.1:PORT` or "
      "`https://HOST:PORT`. `--server` and `DOCKER_WATCHER_SERVER` come "
      "first.");
  key("client.ca", file_path_kind(), within(&s::client, &client_settings::ca),
      "Authorities that may sign its certificate, in PEM format. Without it "
      "those of the system.");
  key("client.token", secret_kind(),
      within(&s::client, &client_settings::token),
      "The token to show there; `DOCKER_WATCHER_TOKEN` comes first.");
}

void add_controller_keys(table_maker<global_settings>& key) {
  using s = global_settings;
  auto file = [](std::string tls_files::*member) {
    return [member](s & x) -> auto& {
      return x.fleet.tls.*member;
    };
  };
  key("controller.ca", file_path_kind(), file(&tls_files::ca),
      "The authority that has signed the nodes' certificates, in PEM format. "
      "`docker-watcher node cert` makes it and the two below.");
  key("controller.cert", file_path_kind(), file(&tls_files::certificate),
      "Our certificate for nodes.");
  key("controller.key", file_path_kind(), file(&tls_files::key), "Its key.");
  key("controller.insecure", flag_kind(),
      within(&s::fleet, &fleet_settings::insecure),
      "Speak to nodes without TLS, as `docker-watcher node --insecure` does: "
      "everybody on the way can read and change everything.");
}

key_table<global_settings> make_global_keys() {
  using s = global_settings;
  table_maker<s> key;
  key(
    "engine.host",
    text_kind("URL", "the engine's address such as "
                     "unix:///var/run/docker.sock"),
    within(&s::engine, &engine_settings::host),
    "Where the Docker Engine listens: `unix:///PATH`, `tcp://HOST:PORT`, "
    "`http://` or `https://`. Without it the environment says: "
    "`DOCKER_HOST`, `DOCKER_TLS_VERIFY`, `DOCKER_CERT_PATH`; without these it "
    "is `unix:///var/run/docker.sock`.");
  key("engine.tls.ca", file_path_kind(), tls(&tls_files::ca),
      "Authorities that may sign the engine's certificate, in PEM format. "
      "Without it those of the system.");
  key("engine.tls.cert", file_path_kind(), tls(&tls_files::certificate),
      "Our certificate, for an engine that asks for one.");
  key("engine.tls.key", file_path_kind(), tls(&tls_files::key),
      "The key of that certificate.");
  key("engine.api_version", api_version_kind(),
      within(&s::engine, &engine_settings::api_version),
      "Speak this version of the engine's API. Without it "
      "`DOCKER_API_VERSION`, else the newest that both sides know.");
  key("network", network_kind(), within(&s::stage, &deploy_spec::network),
      "The network that all containers are on. Created if it does not exist.");
  key("proxy.url", api_url_kind(), &s::npm_url,
      "The API of Nginx Proxy Manager. Needed when a stage has domains.");
  key("proxy.identity", text_kind("text", "the e-mail address of an account"),
      &s::npm_identity,
      "The e-mail address of the account to use there. It needs to be able to "
      "manage proxy hosts, and must not have two-factor authentication.");
  key("proxy.secret", secret_kind(), &s::npm_secret,
      "Its password. Without it the login that `docker-watcher login --proxy` "
      "has stored.");
  key("proxy.forward", forward_kind(), within(&s::stage, &deploy_spec::forward),
      "How requests get from the proxy to a container. `host-port`: to "
      "`forward_host` and the port that the engine assigned. `network`: to the "
      "container itself; the proxy must be on the same network.");
  key("proxy.forward_host", host_kind(),
      within(&s::stage, &deploy_spec::forward_host),
      "The engine's host as the proxy sees it, for `host-port`.");
  key("proxy.publish_on", ip_address_kind(),
      within(&s::stage, &deploy_spec::publish_on),
      "The address of the engine's host on which containers' ports are "
      "published. `0.0.0.0` publishes them to the world.");
  key("proxy.verify_url", site_url_kind(),
      within(&s::stage, &deploy_spec::verify_url),
      "Where the proxy answers the world. A deploy then succeeds only when a "
      "request for each domain gets through to the new container. Without it "
      "no request is made.");
  add_server_keys(key);
  add_client_keys(key);
  add_controller_keys(key);
  return std::move(key.table);
}

key_table<registry_credentials> make_registry_keys() {
  using s = registry_credentials;
  table_maker<s> key;
  key("username", text_kind("text", "the name of an account"), &s::username,
      "The name of the account.");
  key("password", secret_kind(), &s::password, "Its password or access token.");
  key("identity_token", secret_kind(), &s::identity_token,
      "An OAuth refresh token, instead of name and password.");
  return std::move(key.table);
}

void add_image_keys(stage_table& key) {
  using s = deploy_spec;
  key("image", image_kind(), &s::image,
      "The image's repository, without a tag. Required.");
  key("tag", tag_kind(), &s::tag, "The tag to deploy. Required.");
  key("digest", digest_kind(), &s::digest,
      "Deploy exactly this image. Without it the one that the tag points to.");
  key(
    "pull", pull_kind(), &s::pull,
    "When to ask the registry: with every deploy, only if the engine does not "
    "have the image, or never.");
}

void add_route_keys(stage_table& key) {
  using s = deploy_spec;
  key("domains", domains_kind(), &s::domains,
      "The domains that the stage serves; without any it gets no route. "
      "Wildcards such as `*.example.com` are fine. Not for projects.");
  key("port", port_kind(), &s::port,
      "The port of the container that takes requests. Needed only when the "
      "image exposes several.");
  key("proxy.websockets", flag_kind(),
      within(&s::proxy, &proxy_options::websockets),
      "Let websockets through. Default `true` for a new proxy host; without "
      "the key an existing one keeps its value, as with all of `proxy`.");
  key("proxy.block_exploits", flag_kind(),
      within(&s::proxy, &proxy_options::block_exploits),
      "NPM's \"Block Common Exploits\". Default `true` for a new proxy host.");
  key("proxy.caching", flag_kind(), within(&s::proxy, &proxy_options::caching),
      "NPM's \"Cache Assets\". Default `false` for a new proxy host.");
  key("proxy.certificate", number_kind(),
      within(&s::proxy, &proxy_options::certificate),
      "The id of a certificate in NPM, 0 for none.");
  key("proxy.force_ssl", flag_kind(),
      within(&s::proxy, &proxy_options::force_ssl),
      "Redirect http to https. Default `true` for a new proxy host with a "
      "certificate.");
  key("proxy.http2", flag_kind(), within(&s::proxy, &proxy_options::http2),
      "Speak HTTP/2. Default `true` for a new proxy host with a certificate.");
  key("proxy.hsts", flag_kind(), within(&s::proxy, &proxy_options::hsts),
      "Send the header Strict-Transport-Security. Default `false` for a new "
      "proxy host.");
  key("proxy.access_list", number_kind(),
      within(&s::proxy, &proxy_options::access_list),
      "The id of an access list in NPM, 0 for none.");
  key("adopt", flag_kind(), &s::adopt,
      "Take over a proxy host that has one of the domains but was not made by "
      "docker-watcher, instead of failing.");
}

void add_container_keys(stage_table& key) {
  using s = deploy_spec;
  key("command", command_kind(), &s::command,
      "The words of the command, instead of the image's own.");
  key("env", env_kind(), &s::env, "Variables of the environment, by name.");
  key("labels", labels_kind(), &s::labels,
      "Labels of the container, beside our own.");
  key(
    "volumes", volumes_kind(), &s::volumes,
    "What is mounted where, `SOURCE:TARGET` or `SOURCE:TARGET:ro`. The source "
    "is a volume's name or an absolute path on the engine's host.");
  key("resources.memory", memory_kind(),
      within(&s::resources, &resource_limits::memory),
      "The most memory that the container gets, 0 for no limit. Swap is off "
      "with a limit.");
  key("resources.cpus", cpus_kind(),
      within(&s::resources, &resource_limits::nano_cpus),
      "The most CPUs that it gets, 0 for no limit.");
  key("resources.pids", number_kind(),
      within(&s::resources, &resource_limits::pids),
      "The most processes and threads that it may have, 0 for no limit.");
  key("restart", restart_kind(), &s::restart_policy,
      "What the engine does when the container ends.");
  key("stop_timeout", seconds_kind(1h), &s::stop_timeout,
      "How long a container may take to stop before it is killed.");
}

void add_target_keys(stage_table& key) {
  using s = deploy_spec;
  key("target", target_kind(), &s::target,
      "What runs the stage: a `container` of the engine, or a service of the "
      "`swarm` that the engine manages; see [swarm.md](swarm.md).");
  key("publish", publish_kind(), &s::publish,
      "With `swarm` and `host-port`: where a service's port is published, on "
      "all addresses each. `ingress`: on every node of the swarm. `host`: on "
      "the engine's own node, which then runs the service.");
  key("replicas", count_kind(), &s::replicas,
      "How many tasks a service of a swarm has, `0` for one; otherwise on how "
      "many of its nodes the stage runs, `0` for all.");
}

void add_deploy_keys(stage_table& key) {
  using s = deploy_spec;
  key("health.path", request_path_kind(),
      within(&s::health, &health_spec::path),
      "A new container is ready when a GET request for this path is answered "
      "with a status from 200 to 299.");
  key(
    "health.command", command_kind(), within(&s::health, &health_spec::command),
    "The words of a command that is run in the container as its health check, "
    "instead of the image's HEALTHCHECK.");
  key("health.interval", duration_kind(0s, 1h),
      within(&s::health, &health_spec::interval),
      "Between two checks. `0` for the image's own, and for every second with "
      "`path`.");
  key(
    "health.timeout", duration_kind(0s, longest),
    within(&s::health, &health_spec::timeout),
    "How long a new container may take to get ready, less than `timeout`. `0` "
    "for two minutes, or as long as its health check needs to fail if that is "
    "longer.");
  key("health.stable", duration_kind(0s, 1h),
      within(&s::health, &health_spec::stable),
      "Without any check: how long a new container must keep running to count "
      "as ready.");
  key("drain", duration_kind(0s, longest), &s::drain,
      "How long the old container keeps running for the requests that it still "
      "has, after new ones go to the new container.");
  key("soak", duration_kind(0s, longest), &s::soak,
      "How long a new container must keep well after requests go to it. If it "
      "ends or gets unhealthy by then, they go to the old one again, and the "
      "deploy has failed.");
  key("keep", count_kind(), &s::keep,
      "How many old containers stay, stopped, to roll back to.");
  key("drift", drift_policy_kind(), &s::drift,
      "What `docker-watcher serve` does when the stage is not as it should be, "
      "such as when its container has another port or its proxy host was "
      "edited: `repair` and report it, only `report` it, or nothing, `off`. "
      "Without it `server.drift`.");
  key("timeout", duration_kind(1s, longest), &s::timeout,
      "How long a deploy may take until it is undone, without soak and drain.");
}

void add_node_keys(stage_table& key) {
  using s = deploy_spec;
  key("nodes", node_names_kind(), within(&s::place, &placement::nodes),
      "Run it on these nodes, in this order, instead of on `engine`: names of "
      "`nodes` and `groups`. See [nodes](nodes.md).");
  key("rollout.parallel", count_kind(), within(&s::place, &placement::parallel),
      "How many nodes are deployed to at the same time, once the first has "
      "succeeded alone.");
  key("rollout.on_failure", rollout_failure_kind(),
      within(&s::place, &placement::on_failure),
      "What nodes that have the new version already do when another fails, "
      "after which no further one is begun: `undo` goes back to what they had, "
      "`keep` keeps it.");
}

key_table<deploy_spec> make_stage_keys() {
  stage_table key;
  add_image_keys(key);
  add_route_keys(key);
  add_container_keys(key);
  add_target_keys(key);
  add_deploy_keys(key);
  add_node_keys(key);
  return std::move(key.table);
}

} // namespace

const key_table<global_settings>& global_keys() {
  static const auto result = make_global_keys();
  return result;
}

const key_table<registry_credentials>& registry_keys() {
  static const auto result = make_registry_keys();
  return result;
}

const key_table<deploy_spec>& stage_keys() {
  static const auto result = make_stage_keys();
  return result;
}

} // namespace dw
