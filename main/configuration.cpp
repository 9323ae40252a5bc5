#include "main/configuration.hpp"

#include "actors/file_lock.hpp"
#include "actors/secret_store.hpp"
#include "actors/text_file.hpp"
#include "main/automation_reader.hpp"
#include "main/config_tables.hpp"
#include "main/fleet_reader.hpp"
#include "main/problems.hpp"
#include "main/project_reader.hpp"
#include "main/shown_text.hpp"
#include "main/state_directory.hpp"
#include "main/yaml_tree.hpp"
#include "messages/error.hpp"
#include "transports/image_reference.hpp"

#include <boost/algorithm/string/join.hpp>

#include <filesystem>

namespace dw {

namespace {

constexpr auto operation = "read the configuration";

constexpr auto expected_registries
  = "a mapping of registries' hosts to logins such as "
    "{registry.example.com: {username: ci, password: \"${PASSWORD}\"}}";

const std::string& expected_of(const std::string& path) {
  const auto& keys = global_keys();
  return std::find_if(keys.begin(), keys.end(),
                      [&path](const auto& x) { return x.path == path; })
    ->expected;
}

npm_endpoint make_npm_endpoint(const global_settings& x) {
  npm_endpoint result;
  result.origin.base_url = base_url(x.npm_url);
  result.base_path = x.npm_url.path;
  while (result.base_path.ends_with('/'))
    result.base_path.pop_back();
  result.identity = x.npm_identity;
  result.password = x.npm_secret;
  result.lock_folder = file_lock::default_folder;
  return result;
}

class configuration_reader {
public:
  configuration_reader(const std::string& path, const environment& env,
                       problem_list& problems, bool needs_projects)
    : env_{env}, problems_{problems}, needs_projects_{needs_projects},
      reader_{env, std::filesystem::path{path}.parent_path().string(),
              problems} {
    result_.path = path;
  }

  configuration read(yaml_node_ptr document) {
    yaml_value root{std::move(document), {}, {1, 1}};
    read_keys(reader_, root, global_keys(),
              {"registries", "projects", "webhooks", "notifications", "nodes",
               "groups"},
              settings_, present_);
    if (root.node->type != yaml_node::kind::mapping)
      return {};
    read_engine();
    read_registries(root);
    read_controller(root);
    read_stages(root);
    read_proxy();
    read_server();
    read_automation(root);
    result_.defaults = settings_.stage;
    result_.secret_files = reader_.files();
    if (reader_.has_plain_secret())
      result_.secret_files.insert(result_.path);
    return std::move(result_);
  }

private:
  void read_engine() {
    // Empty mappings say something too: TLS with the system's authorities.
    if (present_.contains("engine.tls") && !settings_.engine.tls)
      settings_.engine.tls = tls_files{};
    if (present_.contains("engine.host"))
      read_engine_of_file();
    else if (auto i = present_.find("engine.tls"); i != present_.end())
      reader_.complain_key(i->second, "needs engine.host beside it");
    else
      read_engine_of_environment();
  }

  void read_engine_of_file() {
    // A host that could not be read is a problem of its own.
    if (settings_.engine.host.empty())
      return;
    if (settings_.engine.api_version.empty())
      settings_.engine.api_version
        = env_("DOCKER_API_VERSION").value_or(std::string{});
    std::vector<setting_problem> found;
    result_.engine = make_engine_endpoint(settings_.engine, found);
    for (const auto& x : found) {
      auto path = "engine." + x.setting;
      auto i = present_.find(path);
      auto is_there = i != present_.end();
      problems_.add(is_there ? i->second.node->at
                             : present_.at("engine").key_at,
                    path, x.text);
    }
  }

  void read_engine_of_environment() {
    auto endpoint = engine_endpoint_from(env_);
    if (!endpoint) {
      problems_.add({}, {}, failure_of(endpoint.error()).reply);
      return;
    }
    result_.engine = std::move(*endpoint);
    if (auto& version = settings_.engine.api_version; !version.empty())
      result_.engine.pinned_api_version = version;
  }

  void read_registries(const yaml_value& root) {
    const auto* entry = find_entry(*root.node, "registries");
    if (entry == nullptr)
      return;
    auto registries = entry_of(root, *entry);
    if (!reader_.is_mapping(registries, expected_registries))
      return;
    for (const auto& x : registries.node->entries)
      if (!x.key.starts_with(private_prefix))
        read_registry(entry_of(registries, x), x.key);
  }

  void read_registry(const yaml_value& value, const std::string& host) {
    if (!is_registry_host(host))
      reader_.complain_key(value, "is not a registry's host, expected one such "
                                  "as registry.example.com, or docker.io for "
                                  "Docker Hub");
    registry_credentials login;
    present_keys present;
    read_keys(reader_, value, registry_keys(), {}, login, present);
    if (value.node->type != yaml_node::kind::mapping)
      return;
    auto has_login
      = present.contains("username") && present.contains("password");
    if (!has_login && !present.contains("identity_token"))
      reader_.complain_key(value, "has no login, expected username and "
                                  "password, or identity_token");
    result_.registries.emplace(host, std::move(login));
  }

  void read_controller(const yaml_value& root) {
    result_.fleet = settings_.fleet;
    auto& fleet = result_.fleet;
    read_fleet(reader_, root, fleet);
    if (fleet.nodes.empty())
      return;
    for (const auto& [path, value] :
         {std::pair{"controller.ca", &fleet.tls.ca},
          std::pair{"controller.cert", &fleet.tls.certificate},
          std::pair{"controller.key", &fleet.tls.key}})
      if (fleet.insecure && !value->empty())
        reader_.complain_key(present_.at(path), "is nothing with insecure");
      else if (!fleet.insecure && value->empty())
        reader_.miss(find_entry(*root.node, "nodes")->key_at, path,
                     expected_of(path));
  }

  void read_stages(const yaml_value& root) {
    const auto* projects = find_entry(*root.node, "projects");
    if (projects == nullptr) {
      // The stages may be those of a server.
      if (needs_projects_ && settings_.client.server.empty())
        reader_.miss({}, "projects",
                     "a mapping of projects' names to their keys");
      return;
    }
    for (auto& x :
         read_projects(reader_, entry_of(root, *projects), settings_.stage,
                       present_.contains("proxy.url"), result_.fleet)) {
      result_.automatic.stages.emplace(x.spec.project + "/" + x.spec.stage,
                                       std::move(x.automatic));
      result_.stages.push_back(std::move(x.spec));
    }
  }

  void read_proxy() {
    auto has_proxy = false;
    for (const auto* key : {"proxy.url", "proxy.identity", "proxy.secret"})
      has_proxy = has_proxy || present_.contains(key);
    if (!has_proxy)
      return;
    auto npm = make_npm_endpoint(settings_);
    if (present_.contains("proxy.url") && !present_.contains("proxy.secret"))
      use_stored_login(npm);
    else
      for (const auto* key : {"proxy.url", "proxy.identity", "proxy.secret"})
        if (!present_.contains(key))
          miss_of_proxy(key, expected_of(key));
    result_.npm = std::move(npm);
  }

  void miss_of_proxy(const std::string& key, const std::string& expected) {
    reader_.miss(present_.at("proxy").key_at, key, expected);
  }

  void use_stored_login(npm_endpoint& npm) {
    auto login = find_login(secret_store{stored_logins(env_)},
                            proxy_login(api_url(npm)));
    if (!login) {
      problems_.add(present_.at("proxy").key_at, "proxy",
                    "has a stored login that cannot be read: "
                      + failure_of(login.error()).reply);
      return;
    }
    if (!*login
        || (!npm.identity.empty() && npm.identity != (*login)->username)) {
      miss_of_proxy("proxy.secret",
                    expected_of("proxy.secret")
                      + ", or a login that \"docker-watcher login --proxy\" "
                        "has stored");
      return;
    }
    npm.identity = (*login)->username;
    npm.password = (*login)->password;
  }

  void read_server() {
    const auto& server = settings_.server;
    if (server.certificate.empty() != server.key.empty())
      reader_.complain_key(present_.at("server.tls"),
                           "needs both cert and key");
    std::string ignored;
    for (const auto& text : server.listen)
      if (auto x = parse_listener(text, ignored);
          x && is_open_to_the_world(*x) && server.certificate.empty())
        reader_.complain(present_.at("server.listen"),
                         "has " + text
                           + ", which is not on the loopback interface and "
                             "needs server.tls");
    result_.server = server;
  }

  void read_automation(const yaml_value& root) {
    if (const auto* hooks = find_entry(*root.node, "webhooks"))
      result_.automatic.webhooks
        = read_webhooks(reader_, entry_of(root, *hooks));
    if (const auto* told = find_entry(*root.node, "notifications"))
      result_.automatic.notifications = read_notifications(
        reader_, entry_of(root, *told), result_.automatic.stages);
  }

  const environment& env_;
  problem_list& problems_;
  bool needs_projects_;
  value_reader reader_;
  global_settings settings_;
  present_keys present_;
  configuration result_;
};

// Each problem names the file itself.
caf::error invalid(std::string problems) {
  return make_failure(errc::invalid_argument,
                      {.operation = operation, .reply = std::move(problems)});
}

caf::error unreadable(const std::string& path, const caf::error& reason) {
  return make_failure(errc::invalid_argument,
                      {.operation = operation,
                       .object = path,
                       .reply = failure_of(reason).reply,
                       .hint
                       = code_of(reason) == errc::not_found
                           ? "Write one, or name another one with -c FILE."
                           : ""});
}

// The mapping with one of its entries only.
yaml_node_ptr only_entry(const yaml_node& mapping, std::string_view key) {
  auto result = std::make_shared<yaml_node>(mapping);
  std::erase_if(result->entries, [&](const auto& x) { return x.key != key; });
  return result;
}

// Reads one entry of the file, and none of the others.
caf::expected<global_settings>
read_section(std::string_view key, const std::string& text,
             const std::string& path, const environment& env,
             present_keys& present) {
  problem_list problems{path};
  global_settings result;
  if (auto document = read_yaml(text, problems)) {
    value_reader reader{env, std::filesystem::path{path}.parent_path().string(),
                        problems};
    read_keys(reader, {only_entry(*document, key), {}, {1, 1}}, global_keys(),
              {}, result, present);
  }
  if (!problems.empty())
    return invalid(problems.to_string());
  return result;
}

caf::expected<configuration>
load(const std::string& path, const environment& env, bool needs_projects) {
  problem_list problems{path};
  auto text = read_text_file(path);
  if (!text)
    return unreadable(path, text.error());
  configuration result;
  if (auto document = read_yaml(*text, problems))
    result = configuration_reader{path, env, problems, needs_projects}.read(
      document);
  if (!problems.empty())
    return invalid(problems.to_string());
  return result;
}

} // namespace

caf::expected<client_settings>
load_client_settings(const std::string& path, const environment& env) {
  auto text = read_text_file(path);
  if (!text && code_of(text.error()) == errc::not_found
      && path == default_configuration_path)
    return client_settings{};
  if (!text)
    return unreadable(path, text.error());
  present_keys ignored;
  auto settings = read_section("client", *text, path, env, ignored);
  if (!settings)
    return std::move(settings.error());
  return std::move(settings->client);
}

caf::expected<configuration>
load_proxy_address(const std::string& path, const environment& env) {
  auto text = read_text_file(path);
  if (!text)
    return unreadable(path, text.error());
  present_keys present;
  auto settings = read_section("proxy", *text, path, env, present);
  if (!settings)
    return std::move(settings.error());
  if (!present.contains("proxy.url"))
    return invalid(path + ": proxy.url: is missing, expected "
                   + expected_of("proxy.url"));
  configuration result;
  result.path = path;
  result.npm = make_npm_endpoint(*settings);
  result.npm->password = {};
  return result;
}

caf::expected<configuration>
load_configuration(const std::string& path, const environment& env) {
  return load(path, env, true);
}

caf::expected<configuration>
load_node_configuration(const std::string& path, const environment& env) {
  if (path != default_configuration_path || std::filesystem::exists(path))
    return load(path, env, false);
  auto engine = engine_endpoint_from(env);
  if (!engine)
    return std::move(engine.error());
  configuration result;
  result.engine = std::move(*engine);
  result.path = "no file";
  return result;
}

caf::expected<deploy_spec>
find_stage(const configuration& x, std::string_view name) {
  std::vector<std::string> names;
  for (const auto& spec : x.stages) {
    names.push_back(spec.project + "/" + spec.stage);
    if (names.back() == name)
      return spec;
  }
  auto meant = closest(name, names);
  auto hint = meant.empty() ? "" : "Did you mean " + meant + "? ";
  return make_failure(
    errc::invalid_argument,
    {.operation = "find the stage",
     .object = name.empty() ? in_quotes(name) : shown(name),
     .reply = x.path + " does not have it",
     .hint = hint + "Its stages are: " + boost::join(names, ", ") + "."});
}

} // namespace dw
