#include "main/configuration.hpp"

#include "actors/file_lock.hpp"
#include "actors/secret_store.hpp"
#include "main/automation_tables.hpp"
#include "main/config_tables.hpp"
#include "main/configuration_reference.hpp"
#include "main/fleet_tables.hpp"
#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace dw;
using namespace std::chrono_literals;

namespace {

using variables = std::map<std::string, std::string>;

environment env_of(variables xs) {
  return [xs](const std::string& name) -> std::optional<std::string> {
    auto i = xs.find(name);
    return i == xs.end() ? std::nullopt : std::optional{i->second};
  };
}

std::string content_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(in, "cannot open " << path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// Loads texts as if they were files.
struct loader {
  caf::expected<configuration> load(const std::string& text) {
    return load_configuration(directory.write("f.yml", text), env_of(env));
  }

  /// The configuration of a good text.
  configuration good(const std::string& text) {
    auto result = load(text);
    if (!result)
      BOOST_FAIL("failed: " << render(result.error()));
    return std::move(*result);
  }

  /// The only stage of a good text.
  deploy_spec stage(const std::string& text) {
    auto result = good(text);
    BOOST_REQUIRE(result.stages.size() == 1u);
    return result.stages.front();
  }

  /// The problems of a bad text, without the directory of the file.
  std::string problems(const std::string& text) {
    auto result = load(text);
    if (result)
      return "";
    BOOST_TEST(to_string(code_of(result.error())) == "invalid_argument");
    auto context = failure_of(result.error());
    BOOST_TEST(context.operation == "read the configuration");
    auto reply = context.reply;
    // The file is named once.
    auto path = directory.path("f.yml");
    BOOST_TEST(reply.starts_with(path) == context.object.empty());
    BOOST_TEST((context.object.empty() || context.object == path));
    auto prefix = directory.path() + "/";
    for (auto i = reply.find(prefix); i != std::string::npos;
         i = reply.find(prefix))
      reply.erase(i, prefix.size());
    return reply;
  }

  /// The problems of a stage that is good but for `lines`, which begin in line
  /// 8, column 9.
  // What is wrong if there are these nodes and groups, and such a stage.
  std::string
  fleet_problems(const std::string& nodes, const std::string& groups,
                 const std::string& stage) {
    return problems(
      "controller: {insecure: true}\nnodes: " + nodes + "\ngroups: " + groups
      + "\nprojects: {s: {stages: {p: {image: s, tag: 1, " + stage + "}}}}\n");
  }

  std::string stage_problems(const std::string& lines) {
    return problems(stage_text(lines));
  }

  /// The same for one line, of which only the text is of interest.
  std::string stage_problem(const std::string& line) {
    auto reply = stage_problems(line);
    std::string stage_prefix = "projects.shop.stages.prod.";
    auto i = reply.find(stage_prefix);
    return i == std::string::npos ? reply
                                  : reply.substr(i + stage_prefix.size());
  }

  static std::string stage_text(const std::string& lines) {
    std::string indented;
    std::istringstream in{lines};
    for (std::string line; std::getline(in, line);)
      indented += "        " + line + "\n";
    return "proxy: {url: 'http://h:81/api', identity: i, secret: s}\n"
           "projects:\n"
           "  shop:\n"
           "    stages:\n"
           "      prod:\n"
           "        image: registry.example.com/shop\n"
           "        tag: '1'\n"
           + indented;
  }

  test::temp_directory directory;
  variables env;
};

const std::string projects
  = "projects: {shop: {stages: {prod: {image: shop, tag: '1'}}}}\n";

/// A configuration beside a login for its proxy.
struct stored_proxy_login : loader {
  stored_proxy_login() {
    env["DOCKER_WATCHER_STATE"] = directory.path("");
    secret_store store{{directory.path("secrets.json"), directory.path("key")}};
    auto err = store_login(store, proxy_login("http://npm.example.com:81/api"),
                           {"stored@example.com", secret{"hunter2"}, {}});
    if (err)
      throw std::runtime_error{render(err)};
  }

  static std::string proxy(const std::string& more = {}) {
    return "proxy:\n  url: http://npm.example.com:81/api/\n" + more;
  }
};

std::string data(const std::string& name) {
  return std::string{DW_TEST_DATA} + "/configuration/" + name;
}

constexpr auto source_directory = DW_TEST_DATA "/../..";

const variables every_variable{{"REGISTRY_PASSWORD", "pass: {word}"},
                               {"HUB_TOKEN", "hub-token"}};

const std::string example
  = std::string{source_directory} + "/docs/docker-watcher.example.yml";

const variables example_variables{{"NPM_SECRET", "npm"},
                                  {"DEPLOY_TOKEN", "token"},
                                  {"REGISTRY_PASSWORD", "registry"},
                                  {"WEB1_TOKEN", "web1"},
                                  {"WEB2_TOKEN", "web2"},
                                  {"HUB_TOKEN", "hub"},
                                  {"HOOK_SECRET", "hook"},
                                  {"TEAM_URL", "https://team.example.com/x"},
                                  {"TEAM_SECRET", "team"},
                                  {"DATABASE_URL", "postgres://prod"}};

/// A key stands where it belongs, commented out or not: its last name begins a
/// line or an entry.
template <class Target>
void check_has_keys(const std::string& text, const key_table<Target>& table) {
  for (const auto& key : table) {
    auto name = key.path.substr(key.path.rfind('.') + 1) + ":";
    auto is_there = false;
    for (const auto* before : {"\n", " ", "{"})
      is_there = is_there || text.find(before + name) != std::string::npos;
    BOOST_TEST(is_there, key.path << " is missing");
  }
}

secret value_of(const deploy_spec& spec, const std::string& name) {
  for (const auto& x : spec.env)
    if (x.name == name)
      return x.value;
  BOOST_ERROR("there is no variable " << name);
  return {};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_configuration, loader)

// -- good ones ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_small_file_gets_the_defaults) {
  auto x = good("projects: {shop: {stages: {prod: "
                "{image: shop, tag: 1.4.2}}}}");
  BOOST_TEST(x.path == directory.path("f.yml"));
  BOOST_TEST(x.engine.origin.socket_path == "/var/run/docker.sock");
  BOOST_TEST(!x.npm);
  BOOST_TEST(x.registries.empty());
  BOOST_REQUIRE(x.stages.size() == 1u);
  deploy_spec expected;
  expected.project = "shop";
  expected.stage = "prod";
  expected.image = "shop";
  expected.tag = "1.4.2";
  BOOST_TEST((x.stages[0] == expected));
}

BOOST_AUTO_TEST_CASE(every_key_has_its_effect) {
  auto path = data("every_key.yml");
  auto x = load_configuration(path, env_of(every_variable));
  if (!x)
    BOOST_FAIL("failed: " << render(x.error()));
  BOOST_TEST(x->engine.origin.base_url == "https://engine.example.com:2376");
  BOOST_TEST(x->engine.display == "tcp://engine.example.com");
  BOOST_TEST(x->engine.pinned_api_version == "1.41");
  BOOST_TEST((x->engine.origin.tls
              == tls_files{data("ca.pem"), data("cert.pem"), data("key.pem")}));
  npm_endpoint npm;
  npm.origin.base_url = "https://npm.example.com:8443";
  npm.base_path = "/api";
  npm.identity = "deploy@example.com";
  npm.password = secret{"from a file"};
  npm.lock_folder = file_lock::default_folder;
  BOOST_TEST((x->npm == npm));
  BOOST_TEST(x->registries.size() == 2u);
  BOOST_TEST((x->registries["registry.example.com"]
              == registry_credentials{"ci", secret{"pass: {word}"}, {}}));
  BOOST_TEST((x->registries["docker.io"]
              == registry_credentials{"", {}, secret{"hub-token"}}));
  BOOST_TEST((x->fleet.tls
              == tls_files{data("ca.pem"), data("cert.pem"), data("key.pem")}));
  node_endpoint web1{"web1", "::1", 7420, secret{"from a file"}};
  BOOST_TEST((x->fleet.nodes["web1"]
              == configured_node{web1, "10.0.0.7", "web1.internal"}));
  BOOST_TEST(x->fleet.nodes["web2"].endpoint.host == "web2");
  BOOST_TEST(
    (x->fleet.groups["web"] == std::vector<std::string>{"web2", "web1"}));
  deploy_spec spec;
  spec.project = "shop";
  spec.stage = "prod";
  spec.image = "registry.example.com/shop";
  spec.tag = "1.10";
  spec.digest = "sha256:0123456789abcdef0123456789abcdef"
                "0123456789abcdef0123456789abcdef";
  spec.pull = pull_policy::missing;
  spec.port = 8080;
  spec.command = {"serve", "--port", "8080"};
  spec.env = {{"MODE", secret{"prod"}},        {"COUNT", secret{"3"}},
              {"EMPTY", secret{""}},           {"URL", secret{"file:./db"}},
              {"FILE", secret{"from a file"}}, {"PRICE", secret{"5$"}}};
  spec.labels = {{"com.example.team", "shop"}, {"x-ray", "yes"}};
  spec.volumes = {"data:/data", "/etc/shop:/etc/shop:ro"};
  spec.resources = {uint64_t{256} << 20, 500'000'000, 100};
  spec.restart_policy = "on-failure";
  spec.stop_timeout = 60s;
  spec.health.path = "/healthz";
  spec.health.command = {"CMD-SHELL", "wget -q localhost"};
  spec.health.interval = 500ms;
  spec.health.timeout = 90s;
  spec.health.stable = 5s;
  spec.drain = 10s;
  spec.soak = 20s;
  spec.drift = drift_policy::report;
  spec.keep = 2;
  spec.timeout = 10min;
  spec.network = "shop-net";
  spec.publish_on = "::1";
  spec.target = deploy_target::swarm;
  spec.publish = publish_mode::host;
  spec.replicas = 3;
  spec.domains = {"shop.example.com", "*.shop.example.com"};
  spec.proxy.websockets = false;
  spec.proxy.block_exploits = false;
  spec.proxy.caching = true;
  spec.proxy.certificate = 3;
  spec.proxy.force_ssl = false;
  spec.proxy.http2 = false;
  spec.proxy.hsts = true;
  spec.proxy.access_list = 4;
  spec.adopt = true;
  spec.forward = forward_mode::network;
  spec.forward_host = "10.0.0.5";
  spec.verify_url = "https://203.0.113.7";
  spec.place.nodes = {"web1", "web2"};
  spec.place.parallel = 3;
  spec.place.on_failure = rollout_failure::keep;
  BOOST_REQUIRE(x->stages.size() == 1u);
  BOOST_TEST((x->stages[0] == spec));
  const std::vector<std::string> listen{"unix:///run/dw.sock",
                                        "tcp://[::]:8420"};
  BOOST_TEST(x->server.listen == listen, boost::test_tools::per_element());
  BOOST_TEST(x->server.certificate == data("cert.pem"));
  BOOST_TEST(x->server.key == data("key.pem"));
  BOOST_TEST(x->server.history == 20u);
  BOOST_TEST(x->server.prune_images);
  BOOST_TEST((x->server.grace == 25s));
  BOOST_TEST(
    (x->server.log == log_settings{log_level::debug, log_format::json}));
  BOOST_TEST((x->server.drift_interval == 1min));
}

BOOST_AUTO_TEST_CASE(every_key_of_a_client_has_its_effect) {
  auto x = load_client_settings(data("every_key.yml"), env_of(every_variable));
  if (!x)
    BOOST_FAIL("failed: " << render(x.error()));
  BOOST_TEST(x->server == "https://deploy.example.com");
  BOOST_TEST(x->ca == data("ca.pem"));
  BOOST_TEST(x->token.reveal() == "from a file");
}

BOOST_AUTO_TEST_CASE(the_stages_may_be_a_servers) {
  BOOST_TEST(good("client: {server: /run/dw.sock}").stages.empty());
  BOOST_TEST(problems("client: {ca: ca.pem}").find("projects: is missing")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_proxys_login_may_be_a_stored_one,
                        stored_proxy_login) {
  auto npm = good(proxy() + projects).npm;
  BOOST_REQUIRE(npm);
  BOOST_TEST(npm->identity == "stored@example.com");
  BOOST_TEST(npm->password.reveal() == "hunter2");
  BOOST_TEST(
    (good(proxy("  identity: stored@example.com\n") + projects).npm == npm));
  // What the configuration says comes first.
  npm = good(proxy("  identity: me@example.com\n  secret: mine\n") + projects)
          .npm;
  BOOST_TEST(npm->identity == "me@example.com");
  BOOST_TEST(npm->password.reveal() == "mine");
}

BOOST_FIXTURE_TEST_CASE(a_stored_login_of_another_proxy_is_none,
                        stored_proxy_login) {
  for (const auto& other :
       {std::string{"proxy:\n  url: http://other.example.com/api\n"},
        proxy("  identity: other@example.com\n")}) {
    auto told = problems(other + projects);
    BOOST_TEST(told.find("proxy.secret: is missing") != std::string::npos,
               told);
    BOOST_TEST(told.find("docker-watcher login --proxy") != std::string::npos,
               told);
  }
}

BOOST_FIXTURE_TEST_CASE(a_stored_login_without_its_key_is_a_problem,
                        stored_proxy_login) {
  std::filesystem::remove(directory.path("key"));
  auto told = problems(proxy() + projects);
  BOOST_TEST(told.find("proxy: has a stored login that cannot be read")
               != std::string::npos,
             told);
  BOOST_TEST(told.find("hunter2") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(to_log_in_only_the_proxys_address_is_read,
                        stored_proxy_login) {
  auto read = [&](const std::string& text) {
    return load_proxy_address(directory.write("f.yml", text), env_of(env));
  };
  auto x = read(proxy("  identity: me@example.com\n  secret: mine\n")
                + "projects: nonsense\n");
  BOOST_REQUIRE(x);
  BOOST_TEST(api_url(*x->npm) == "http://npm.example.com:81/api");
  BOOST_TEST(x->npm->identity == "me@example.com");
  BOOST_TEST(x->npm->password.empty());
  auto none = read(projects);
  BOOST_REQUIRE(!none);
  BOOST_TEST(render(none.error()).find("proxy.url: is missing")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_file_with_every_key_has_every_key) {
  auto text = content_of(data("every_key.yml"));
  check_has_keys(text, global_keys());
  check_has_keys(text, registry_keys());
  check_has_keys(text, stage_keys());
  check_has_keys(text, node_keys());
}

BOOST_AUTO_TEST_CASE(the_example_has_every_key) {
  auto text = content_of(example);
  check_has_keys(text, global_keys());
  check_has_keys(text, registry_keys());
  check_has_keys(text, stage_keys());
  check_has_keys(text, node_keys());
  check_has_keys(text, auto_deploy_keys());
  check_has_keys(text, webhook_keys());
  check_has_keys(text, notification_keys());
}

BOOST_AUTO_TEST_CASE(the_example_loads) {
  auto x = load_configuration(example, env_of(example_variables));
  if (!x)
    BOOST_FAIL("failed: " << render(x.error()));
  BOOST_REQUIRE(x->stages.size() == 5u);
  BOOST_TEST(x->automatic.webhooks.size() == 1u);
  BOOST_TEST(x->automatic.notifications.size() == 2u);
  auto prod = find_stage(*x, "shop/prod");
  BOOST_REQUIRE(prod);
  BOOST_TEST(prod->drain.count() == 30'000);
  BOOST_TEST(prod->health.timeout.count() == 120'000);
  BOOST_TEST(value_of(*prod, "LOG_LEVEL").reveal() == "info");
  BOOST_TEST(value_of(*prod, "DATABASE_URL").reveal() == "postgres://prod");
  auto staging = find_stage(*x, "shop/staging");
  BOOST_REQUIRE(staging);
  BOOST_TEST(value_of(*staging, "LOG_LEVEL").reveal() == "debug");
  BOOST_TEST(staging->image == "registry.example.com/shop");
}

BOOST_AUTO_TEST_CASE(every_beginning_of_the_example_loads_or_fails_cleanly) {
  auto text = content_of(example);
  env = example_variables;
  auto loaded = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto result = load(text.substr(0, i));
    if (result)
      ++loaded;
    else
      BOOST_TEST(failure_of(result.error()).reply.find("f.yml:")
                 != std::string::npos);
  }
  BOOST_TEST(loaded > 0);
}

BOOST_AUTO_TEST_CASE(a_project_is_where_its_stages_start_from) {
  auto x = good("projects:\n"
                "  shop:\n"
                "    image: shop\n"
                "    tag: '1'\n"
                "    keep: 5\n"
                "    env: {A: project, B: project}\n"
                "    labels: {a: project, b: project}\n"
                "    volumes: ['aa:/a']\n"
                "    health: {path: /up, stable: 3s}\n"
                "    proxy: {caching: true, hsts: true}\n"
                "    stages:\n"
                "      one:\n"
                "      two:\n"
                "        tag: '2'\n"
                "        keep: 1\n"
                "        env: {B: stage, C: stage}\n"
                "        labels: {b: stage}\n"
                "        volumes: ['bb:/b']\n"
                "        health: {path: /ready}\n"
                "        proxy: {hsts: false}\n");
  auto one = find_stage(x, "shop/one");
  BOOST_REQUIRE(one);
  BOOST_TEST(one->tag == "1");
  BOOST_TEST(one->keep == 5u);
  BOOST_TEST(one->health.path == "/up");
  auto two = find_stage(x, "shop/two");
  BOOST_REQUIRE(two);
  BOOST_TEST(two->image == "shop");
  BOOST_TEST(two->tag == "2");
  BOOST_TEST(two->keep == 1u);
  std::vector<env_entry> env_of_two{
    {"A", secret{"project"}}, {"B", secret{"stage"}}, {"C", secret{"stage"}}};
  BOOST_TEST((two->env == env_of_two));
  std::map<std::string, std::string> labels{{"a", "project"}, {"b", "stage"}};
  BOOST_TEST((two->labels == labels));
  BOOST_TEST((two->volumes == std::vector<std::string>{"bb:/b"}));
  BOOST_TEST(two->health.path == "/ready");
  BOOST_TEST(two->health.stable.count() == 3'000);
  BOOST_TEST(*two->proxy.caching);
  BOOST_TEST(!*two->proxy.hsts);
}

BOOST_AUTO_TEST_CASE(stages_keep_the_order_of_the_file) {
  auto x = good("projects:\n"
                "  z: {image: z, tag: '1', stages: {b: , a: }}\n"
                "  a: {image: a, tag: '1', stages: {c: }}\n");
  std::string names;
  for (const auto& spec : x.stages)
    names += spec.project + "/" + spec.stage + " ";
  BOOST_TEST(names == "z/b z/a a/c ");
}

BOOST_AUTO_TEST_CASE(a_stage_is_found_by_its_name) {
  auto x = good("projects: {shop: {image: s, tag: 1, stages: {a: , b: }}}");
  auto found = find_stage(x, "shop/b");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->stage == "b");
  auto missing = find_stage(x, "shop/c");
  BOOST_REQUIRE(!missing);
  BOOST_TEST(to_string(code_of(missing.error())) == "invalid_argument");
  BOOST_TEST(render(missing.error())
             == "could not find the stage shop/c: " + x.path
                  + " does not have it\n  Did you mean shop/a? Its stages are: "
                    "shop/a, shop/b.");
}

// -- YAML ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(merge_keys_work) {
  auto x = stage("x-a: &a {keep: 5, drain: 1s, env: {A: a}}\n"
                 "x-b: &b {keep: 6, adopt: true}\n"
                 "projects:\n"
                 "  shop:\n"
                 "    stages:\n"
                 "      prod:\n"
                 "        <<: [*a, *b]\n"
                 "        drain: 2s\n"
                 "        image: shop\n"
                 "        tag: 1\n");
  BOOST_TEST(x.keep == 5u);             // the first one wins
  BOOST_TEST(x.drain.count() == 2'000); // own keys win
  BOOST_TEST(x.adopt);
  BOOST_TEST(value_of(x, "A").reveal() == "a");
}

BOOST_AUTO_TEST_CASE(a_merge_key_wants_mappings) {
  BOOST_TEST(problems("x-a: &a [1]\n"
                      "projects: {shop: {stages: {prod: "
                      "{<<: *a, image: s, tag: 1}}}}\n")
             == "f.yml:1:10: projects.shop.stages.prod.<<: found text, "
                "expected a mapping or a list of mappings");
}

BOOST_AUTO_TEST_CASE(keys_that_begin_with_x_are_ignored_everywhere) {
  auto x = good("x-top: [1, {$: $}]\n"
                "engine: {x-e: 1}\n"
                "registries: {x-r: 1}\n"
                "projects:\n"
                "  x-p: 1\n"
                "  shop:\n"
                "    x-q: 1\n"
                "    image: s\n"
                "    tag: 1\n"
                "    stages:\n"
                "      x-s: 1\n"
                "      prod: {health: {x-h: 1}, env: {x-e: '1'}}\n");
  BOOST_TEST(x.stages.size() == 1u);
  BOOST_TEST(x.registries.empty());
  BOOST_TEST(value_of(x.stages[0], "x-e").reveal() == "1");
}

BOOST_AUTO_TEST_CASE(a_syntax_error_is_told_with_its_place) {
  BOOST_TEST(problems("projects:\n  shop: [\n")
             == "f.yml:3:1: is not valid YAML: end of sequence flow not found");
  BOOST_TEST(problems("a: b: c\n")
             == "f.yml:1:5: is not valid YAML: illegal map value");
  BOOST_TEST(problems("a: *nowhere\n")
             == "f.yml:1:4: is not valid YAML: the referenced anchor is not "
                "defined");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_nested_too_deeply_is_refused) {
  auto reply = problems(std::string(10'000, '['));
  BOOST_TEST(reply == "f.yml:1:1: is nested too deeply");
}

BOOST_AUTO_TEST_CASE(duplicate_keys_are_refused) {
  BOOST_TEST(stage_problems("tag: '2'")
             == "f.yml:8:9: projects.shop.stages.prod.tag: is there already, "
                "in line 7");
}

BOOST_AUTO_TEST_CASE(tags_mean_nothing) {
  BOOST_TEST(stage_problem("keep: !!int 3")
             == "keep: has a YAML tag, which means nothing here: remove it");
}

BOOST_AUTO_TEST_CASE(an_alias_may_not_contain_itself) {
  BOOST_TEST(problems("x-a: &a [*a]\nprojects: {s: {stages: {p: {image: s, "
                      "tag: 1}}}}\n")
             == "f.yml:1:10: x-a[0]: is an alias within what it stands for");
}

BOOST_AUTO_TEST_CASE(keys_are_texts) {
  BOOST_TEST(stage_problems("env: {[A]: b}")
             == "f.yml:8:15: projects.shop.stages.prod.env.\"\": is not a "
                "variable's name: it has blanks, '=' or characters that are "
                "not ASCII\n"
                "f.yml:8:15: projects.shop.stages.prod.env: has a list as a "
                "key, expected text");
}

BOOST_AUTO_TEST_CASE(there_is_one_document) {
  BOOST_TEST(problems("projects: {s: {stages: {p: {image: s, tag: 1}}}}\n"
                      "---\nmore: 1\n")
             == "f.yml:2:1: a second document begins, expected one");
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_refused) {
  for (const auto* text : {"", "\n", "# nothing\n", "---\n"})
    BOOST_TEST(problems(text)
               == "f.yml: found nothing, expected a mapping of keys to values");
  BOOST_TEST(problems("[projects]")
             == "f.yml:1:1: found a list, expected a mapping of keys to "
                "values");
}

BOOST_AUTO_TEST_CASE(the_server_is_open_to_the_world_only_with_tls) {
  const std::string project = "projects: {shop: {image: x/shop, stages: {}}}\n";
  auto problem = [&](const std::string& server) {
    return problems("server: {" + server + "}\n" + project);
  };
  for (const auto* listen :
       {"tcp://127.0.0.1:80", "tcp://[::1]:80", "unix:///run/x.sock"})
    BOOST_TEST(problem("listen: [\"" + std::string{listen} + "\"]").find("tls")
                 == std::string::npos,
               listen);
  BOOST_TEST(problem("listen: [\"tcp://0.0.0.0:80\"]")
               .find("server.listen: has tcp://0.0.0.0:80, which is not on the "
                     "loopback interface and needs server.tls")
             != std::string::npos);
  for (const auto* listen : {"tcp://localhost:80", "tcp://127.0.0.1",
                             "http://127.0.0.1:80", "unix://run/x.sock", "x"})
    BOOST_TEST(problem("listen: [\"" + std::string{listen} + "\"]")
                   .find("server.listen[0]: ")
                 != std::string::npos,
               listen);
  BOOST_TEST(problem("tls: {cert: c.pem}").find("server.tls: needs both")
             != std::string::npos);
  BOOST_TEST(problem("history: 0").find("server.history: ")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_problem_and_several_are_rendered_without_repetition) {
  auto path = directory.path("f.yml");
  BOOST_TEST(render(load("").error())
             == "could not read the configuration: " + path
                  + ": found nothing, expected a mapping of keys to values");
  auto several = render(load("a: 1\nb: 2\n").error());
  BOOST_TEST(several.starts_with("could not read the configuration:\n    "
                                 + path + ": projects: is missing"),
             several);
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_refused) {
  BOOST_TEST(problems(std::string{"projects:\0\n", 11})
             == "it is not UTF-8 text");
  BOOST_TEST(problems("projects: \xff\n") == "it is not UTF-8 text");
  BOOST_TEST(stage_problem("env: {A: \"a\\0b\"}")
             == "env.A: has a NUL character");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_told) {
  auto missing = load_configuration(directory.path("nowhere.yml"), env_of({}));
  BOOST_REQUIRE(!missing);
  BOOST_TEST(render(missing.error())
             == "could not read the configuration "
                  + directory.path("nowhere.yml")
                  + ": No such file or directory\n  Write one, or name another "
                    "one with -c FILE.");
  auto folder = load_configuration(directory.path(), env_of({}));
  BOOST_REQUIRE(!folder);
  BOOST_TEST(failure_of(folder.error()).reply == "Is a directory");
  BOOST_TEST(problems(std::string(1024 * 1024 + 1, ' '))
             == "it is larger than 1 MiB");
}

// -- substitution -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_environment_is_put_into_values) {
  env = {{"TAG", "1.2"}, {"KEEP", "4"}, {"EMPTY", ""}};
  auto x = stage("projects: {shop: {stages: {prod: {image: s, "
                 "tag: 'v${TAG}-${EMPTY}${KEEP}', keep: '${KEEP}', "
                 "env: {A: '$${TAG}$$'}}}}}");
  BOOST_TEST(x.tag == "v1.2-4");
  BOOST_TEST(x.keep == 4u);
  BOOST_TEST(value_of(x, "A").reveal() == "${TAG}$");
}

BOOST_AUTO_TEST_CASE(a_variable_cannot_add_yaml_or_references) {
  env = {{"EVIL", "a, B: ${OTHER}}\nkeep: 9 # file:/etc/passwd"}};
  auto x = stage(stage_text("env: {A: \"${EVIL}\"}"));
  BOOST_TEST(value_of(x, "A").reveal() == env["EVIL"]);
  BOOST_TEST(x.keep == 1u);
  env = {{"EVIL", "file:/etc/passwd"}};
  x = stage(stage_text("env: {A: \"${EVIL}\"}"));
  BOOST_TEST(value_of(x, "A").reveal() == "file:/etc/passwd");
}

BOOST_AUTO_TEST_CASE(variables_that_are_not_set_are_told) {
  BOOST_TEST(stage_problems("env: {A: '${ONE}${TWO}'}")
             == "f.yml:8:18: projects.shop.stages.prod.env.A: needs the "
                "environment variable ONE, which is not set\n"
                "f.yml:8:18: projects.shop.stages.prod.env.A: needs the "
                "environment variable TWO, which is not set");
  env = {{"ONE", "\xff"}};
  BOOST_TEST(stage_problem("env: {A: '${ONE}'}")
             == "env.A: needs the environment variable ONE, which is not UTF-8 "
                "text");
}

BOOST_AUTO_TEST_CASE(a_dollar_sign_begins_a_reference) {
  for (const auto* text :
       {"pa$word", "$", "${", "${}", "${1A}", "${A-b}", "${A", "$A", "$$$"})
    BOOST_TEST(stage_problem("env: {A: '" + std::string{text} + "'}")
               == "env.A: has a $ that begins no ${NAME}: write $$ for the "
                  "sign");
}

BOOST_AUTO_TEST_CASE(files_are_put_into_secrets_and_variables) {
  directory.write("secret", "s3cret\r\n");
  directory.write("lines", "one\n\n");
  env = {{"NAME", "lines"}};
  auto x = stage(stage_text("env:\n  A: file:secret\n  B: 'file:${NAME}'\n"
                            "  C: file:"
                            + directory.path("secret")));
  BOOST_TEST(value_of(x, "A").reveal() == "s3cret");
  BOOST_TEST(value_of(x, "B").reveal() == "one\n");
  BOOST_TEST(value_of(x, "C").reveal() == "s3cret");
  auto reply = stage_problem("env: {A: file:nowhere}");
  BOOST_TEST(reply
             == "env.A: cannot read the file \"nowhere\": No such file or "
                "directory");
}

BOOST_AUTO_TEST_CASE(a_variable_that_names_no_file_is_not_shown) {
  env = {{"TOKEN", "s3cret"}};
  auto reply = stage_problem("env: {A: 'file:${TOKEN}'}");
  BOOST_TEST(reply
             == "env.A: cannot read the file \"${TOKEN}\": No such file or "
                "directory");
}

BOOST_AUTO_TEST_CASE(elsewhere_file_is_a_text_like_any_other) {
  auto x = stage(stage_text("labels: {a: 'file:nowhere'}"));
  BOOST_TEST(x.labels["a"] == "file:nowhere");
}

BOOST_AUTO_TEST_CASE(an_empty_secret_is_refused) {
  env = {{"S", ""}};
  BOOST_TEST(problems("proxy: {url: 'http://h/', identity: i, "
                      "secret: '${S}'}\n"
                      "projects: {s: {stages: {p: {image: s, tag: 1}}}}\n")
             == "f.yml:1:48: proxy.secret: is empty, expected a secret such as "
                "${NAME} or file:PATH");
}

// -- nodes --------------------------------------------------------------------

namespace {

const std::string one_node = "{web1: {address: 'h:1', token: t}}";

} // namespace

BOOST_AUTO_TEST_CASE(a_stage_is_placed_on_nodes_that_exist) {
  BOOST_TEST(fleet_problems(one_node, "{}", "nodes: [wbe1]")
             == "f.yml:4:54: projects.s.stages.p.nodes: \"wbe1\" is no node or "
                "group");
}

BOOST_AUTO_TEST_CASE(a_group_has_nodes_that_exist) {
  BOOST_TEST(fleet_problems(one_node, "{web: [web2]}", "nodes: [web]")
             == "f.yml:3:15: groups.web: \"web2\" is no node, did you mean "
                "\"web1\"?");
  BOOST_TEST(fleet_problems(one_node, "{web: []}", "nodes: [web1]")
             == "f.yml:3:15: groups.web: has no nodes");
  BOOST_TEST(fleet_problems(one_node, "{web1: [web1]}", "nodes: [web1]")
             == "f.yml:3:10: groups.web1: is the name of a node already");
}

BOOST_AUTO_TEST_CASE(a_node_has_an_address_and_a_token) {
  BOOST_TEST(fleet_problems("{web1: {address: h}}", "{}", "nodes: [web1]")
             == "f.yml:2:9: nodes.web1.token: is missing, expected a secret "
                "such as ${NAME} or file:PATH\n"
                "f.yml:2:25: nodes.web1.address: is not HOST:PORT such as "
                "10.0.0.2:7420");
}

BOOST_AUTO_TEST_CASE(a_rollout_goes_on) {
  BOOST_TEST(
    fleet_problems(one_node, "{}", "nodes: [web1], rollout: {parallel: 0}")
    == "f.yml:4:82: projects.s.stages.p.rollout.parallel: must be at least 1, "
       "or no node would be begun");
}

BOOST_AUTO_TEST_CASE(nodes_need_certificates_or_none) {
  BOOST_TEST(problems("nodes: " + one_node
                      + "\nprojects: {s: {stages: {p: {image: s, tag: 1}}}}\n")
               .starts_with("f.yml:1:1: controller.ca: is missing, expected "));
  BOOST_TEST(problems("controller: {insecure: true, ca: x}\nnodes: " + one_node
                      + "\nprojects: {s: {stages: {p: {image: s, tag: 1}}}}\n")
             == "f.yml:1:30: controller.ca: is nothing with insecure");
}

// -- keys ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(unknown_keys_are_told_with_what_may_be_meant) {
  BOOST_TEST(stage_problems("domain: [a.example.com]")
             == "f.yml:8:9: projects.shop.stages.prod.domain: is not a key "
                "here, did you mean domains?");
  BOOST_TEST(stage_problem("enviroment: {A: b}")
             == "enviroment: is not a key here, did you mean env?");
  BOOST_TEST(stage_problem("health: {intervall: 1s}")
             == "health.intervall: is not a key here, did you mean interval?");
  BOOST_TEST(stage_problem("resources: {gpu: 1}")
             == "resources.gpu: is not a key here, expected one of cpus, "
                "memory, pids");
  BOOST_TEST(problems("project: {}\nprojects: {s: {stages: {p: {image: s, "
                      "tag: 1}}}}\n")
             == "f.yml:1:1: project: is not a key here, did you mean "
                "projects?");
}

BOOST_AUTO_TEST_CASE(domains_are_for_stages) {
  BOOST_TEST(
    problems("projects: {s: {domains: [a.example.com], image: s, "
             "tag: 1, stages: {p: }}}\n")
      .starts_with(
        "f.yml:1:16: projects.s.domains: is not a key "
        "here, expected one of adopt, auto_deploy, command, digest, "));
}

BOOST_AUTO_TEST_CASE(missing_keys_are_told) {
  BOOST_TEST(problems("projects: {s: {stages: {p: {}}}}\n")
             == "f.yml:1:25: projects.s.stages.p.image: is missing, expected "
                "an image without a tag such as registry.example.com/shop\n"
                "f.yml:1:25: projects.s.stages.p.tag: is missing, expected an "
                "image's tag such as \"1.4.2\"");
  BOOST_TEST(problems("projects: {s: {image: s}}\n")
             == "f.yml:1:12: projects.s.stages: is missing, expected a mapping "
                "of stages' names to their keys");
  BOOST_TEST(problems("network: net\n")
             == "f.yml: projects: is missing, expected a mapping of projects' "
                "names to their keys");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_wrong_is_not_missing_too) {
  BOOST_TEST(problems("projects: {s: {stages: {p: {image: 's:1', tag: 1}}}}\n")
             == "f.yml:1:36: projects.s.stages.p.image: found \"s:1\" (tag and "
                "digest have keys of their own), expected an image without a "
                "tag such as registry.example.com/shop");
}

BOOST_AUTO_TEST_CASE(the_proxy_is_complete_or_absent) {
  std::string rest = "projects: {s: {stages: {p: {image: s, tag: 1}}}}\n";
  BOOST_TEST(problems("proxy: {identity: i}\n" + rest)
             == "f.yml:1:1: proxy.secret: is missing, expected a secret such "
                "as ${NAME} or file:PATH\n"
                "f.yml:1:1: proxy.url: is missing, expected the URL of its API "
                "such as http://127.0.0.1:81/api");
  BOOST_TEST(!good("proxy: {publish_on: 0.0.0.0}\n" + rest).npm);
}

BOOST_AUTO_TEST_CASE(domains_need_a_proxy) {
  BOOST_TEST(problems("projects: {s: {stages: {p: {image: s, tag: 1, domains: "
                      "[a.example.com]}}}}\n")
             == "f.yml:1:47: projects.s.stages.p.domains: needs a proxy to "
                "serve them, but there is no proxy.url");
}

BOOST_AUTO_TEST_CASE(tls_is_not_lost_by_a_mistyped_key) {
  for (const std::string text :
       {R"(engine: {host: "tcp://a.test:2376", tsl: {}})",
        R"(engine: {host: "tcp://a.test:2376", tls: {verify: false}})",
        R"(engine: {host: "tcp://a.test:2376", tls: {cA: x.pem}})",
        R"(engine: {host: "https://a.test:2376", insecure: true})",
        R"(proxy: {url: "https://a.test", identity: a, secret: b, tls: no})",
        R"(server: {listen: ["tcp://0.0.0.0:1"], tsl: {cert: a, key: b}})",
        R"(client: {server: "https://a.test", insecure: true})",
        R"(controller: {insecur: true})",
        R"(notifications: {a: {kind: slack, url: "https://a.test", tls: no}})"})
    BOOST_TEST(problems(text + "\n").find("is not a key here")
                 != std::string::npos,
               text);
}

BOOST_AUTO_TEST_CASE(all_problems_are_told_in_the_order_of_the_file) {
  BOOST_TEST(problems("engine:\n"
                      "  host: ssh://h\n"
                      "proxy:\n"
                      "  url: http://me:word@h/api\n"
                      "  secret: ${NPM_SECRET}\n"
                      "  forwad: network\n"
                      "projects:\n"
                      "  shop:\n"
                      "    keep: 101\n"
                      "    stages:\n"
                      "      prod: {image: s, tag: , port: 0}\n"
                      "      test: {image: s, tag: 2, port: x}\n")
             == "f.yml:2:9: engine.host: SSH is not spoken here, forward the "
                "engine's socket with ssh -nNT -L "
                "/tmp/engine.sock:/var/run/docker.sock USER@HOST and use "
                "unix:///tmp/engine.sock\n"
                "f.yml:3:1: proxy.identity: is missing, expected the e-mail "
                "address of an account\n"
                "f.yml:4:8: proxy.url: found a text that may hold a password "
                "(it has a user name or password), expected the URL of its API "
                "such as http://127.0.0.1:81/api\n"
                "f.yml:5:11: proxy.secret: needs the environment variable "
                "NPM_SECRET, which is not set\n"
                "f.yml:6:3: proxy.forwad: is not a key here, did you mean "
                "forward?\n"
                "f.yml:9:11: projects.shop.keep: found \"101\", expected a "
                "number from 0 to 100\n"
                "f.yml:11:24: projects.shop.stages.prod.tag: found nothing, "
                "expected an image's tag such as \"1.4.2\"\n"
                "f.yml:11:37: projects.shop.stages.prod.port: found \"0\", "
                "expected a port from 1 to 65535\n"
                "f.yml:12:38: projects.shop.stages.test.port: found \"x\", "
                "expected a port from 1 to 65535");
}

BOOST_AUTO_TEST_CASE(problems_show_what_the_file_says_not_what_it_stands_for) {
  env = {{"PASSWORD", "hunter2"}};
  BOOST_TEST(stage_problem("port: ${PASSWORD}")
             == "port: found \"${PASSWORD}\", expected a port from 1 to "
                "65535");
}

// -- values -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(wrong_values_are_told_with_what_is_expected) {
  std::vector<std::pair<std::string, std::string>> table{
    {"keep: [1]", "keep: found a list, expected a number from 0 to 100"},
    {"keep: {a: 1}", "keep: found a mapping, expected a number from 0 to 100"},
    {"keep:", "keep: found nothing, expected a number from 0 to 100"},
    {"keep: -1", "keep: found \"-1\", expected a number from 0 to 100"},
    {"adopt: yes", "adopt: found \"yes\", expected true or false"},
    {"drain: 30",
     "drain: found \"30\", expected a duration such as 30s, 2m or 1h30m from "
     "0s to 1d"},
    {"drain: 25h",
     "drain: found \"25h\", expected a duration such as 30s, 2m or 1h30m from "
     "0s to 1d"},
    {"stop_timeout: 500ms",
     "stop_timeout: found \"500ms\", expected whole seconds such as 30s or 2m "
     "from 0s to 1h"},
    {"pull: sometimes",
     "pull: found \"sometimes\", expected always, missing or never"},
    {"digest: sha256:1", "digest: found \"sha256:1\", expected \"sha256:\" and "
                         "64 lower-case hexadecimal digits"},
    {"restart: maybe", "restart: found \"maybe\", expected no, always, "
                       "unless-stopped or on-failure"},
    {"health: 1", "health: found \"1\", expected a mapping of keys to values"},
    {"health: {path: healthz}",
     "health.path: found \"healthz\", expected an absolute path such as "
     "/healthz"},
    {"command: serve",
     "command: found \"serve\", expected a list of words such as [serve, "
     "--port, \"80\"]"},
    {"command: [[a]]", "command[0]: found a list, expected text"},
    {"resources: {memory: 5m}",
     "resources.memory: found \"5m\", expected a size such as 256m or 1g, at "
     "least 6m, or 0 for no limit"},
    {"resources: {cpus: a}",
     "resources.cpus: found \"a\", expected a number of CPUs such as 0.5 or 2, "
     "or 0 for no limit"},
    {"resources: {pids: many}",
     "resources.pids: found \"many\", expected a whole number"},
    {"env: [A=b]",
     "env: found a list, expected a mapping such as {MODE: production}"},
    {"env: {A: }", "env.A: found nothing, expected text, \"\" for none"},
    {"env: {A: [b]}", "env.A: found a list, expected text, \"\" for none"},
    {"env: {'A=B': c}",
     "env.\"A=B\": is not a variable's name: it has blanks, '=' or characters "
     "that are not ASCII"},
    {"labels: {docker-watcher.project: a}",
     "labels.\"docker-watcher.project\": is not free to use: labels have a "
     "name, and those with docker-watcher. are ours"},
    {"labels: a",
     "labels: found \"a\", expected a mapping such as {com.example.team: "
     "shop}"},
    {"proxy: {certificate: new}",
     "proxy.certificate: found \"new\", expected a whole number"},
    {"health: {timeout: 15m}",
     "health.timeout: must be shorter than the deploy's timeout, which is "
     "15m"},
  };
  for (const auto& [line, expected] : table)
    BOOST_TEST(stage_problem(line) == expected);
}

BOOST_AUTO_TEST_CASE(wrong_volumes_are_refused) {
  std::vector<std::pair<std::string, std::string>> table{
    {"data", ""},
    {"data:/data:rw", " (its target is not an absolute path in the container)"},
    {"data:data", " (its target is not an absolute path in the container)"},
    {"data:/", " (its target is not an absolute path in the container)"},
    {"./data:/data",
     " (its source is neither an absolute path nor a volume's name)"},
    {":/data", " (its source is neither an absolute path nor a volume's name)"},
  };
  for (const auto& [volume, why] : table)
    BOOST_TEST(stage_problem("volumes: ['" + volume + "']")
               == "volumes[0]: found \"" + volume + "\"" + why
                    + ", expected SOURCE:TARGET or SOURCE:TARGET:ro such as "
                      "data:/data");
  BOOST_TEST(stage_problem("volumes: ['a-1:/data', 'b-1:/data/:ro']")
             == "volumes[1]: is in the list already: \"/data\"");
}

BOOST_AUTO_TEST_CASE(wrong_images_and_tags_are_refused) {
  auto problem = [this](const std::string& image, const std::string& tag) {
    return problems("projects: {s: {stages: {p: {image: '" + image + "', tag: '"
                    + tag + "'}}}}\n");
  };
  BOOST_TEST(problem("s", "a b")
             == "f.yml:1:46: projects.s.stages.p.tag: found \"a b\", expected "
                "an image's tag such as \"1.4.2\"");
  BOOST_TEST(
    problem("Shop", "1")
      .starts_with("f.yml:1:36: projects.s.stages.p.image: found \"Shop\" ("));
  BOOST_TEST(problem("", "1").starts_with(
    "f.yml:1:36: projects.s.stages.p.image: found \"\" ("));
}

BOOST_AUTO_TEST_CASE(wrong_domains_are_refused) {
  BOOST_TEST(stage_problem("domains: ['a b']")
               .starts_with("domains[0]: found \"a b\" ("));
  BOOST_TEST(stage_problem("domains: [a.example.com, A.EXAMPLE.COM.]")
             == "domains[1]: is in the list already: \"a.example.com\"");
}

BOOST_AUTO_TEST_CASE(a_domain_belongs_to_one_stage) {
  BOOST_TEST(
    problems(
      "proxy: {url: 'http://h/', identity: i, secret: s}\n"
      "projects:\n"
      "  a: {stages: {p: {image: s, tag: 1, domains: [d.example.com]}}}\n"
      "  b: {stages: {p: {image: s, tag: 1, domains: "
      "[D.example.com]}}}\n")
    == "f.yml:4:47: projects.b.stages.p.domains: \"d.example.com\" belongs to "
       "the stage a/p already");
}

BOOST_AUTO_TEST_CASE(names_of_projects_and_stages_are_checked) {
  for (const auto* name :
       {"Shop", "-a", "a-", "a_b", "a.b", "abcdefghijklmnopqrstuvwxy"}) {
    auto text = "projects: {a: {image: s, tag: 1, stages: {'"
                + std::string{name} + "': }}}\n";
    BOOST_TEST(problems(text).find("is not a stage's name, expected 1 to 24 "
                                   "lower-case letters, digits and inner "
                                   "hyphens")
               != std::string::npos);
  }
  BOOST_TEST(problems("projects: {A: {stages: {p: {image: s, tag: 1}}}}\n")
             == "f.yml:1:12: projects.A: is not a project's name, expected 1 "
                "to 24 lower-case letters, digits and inner hyphens");
}

BOOST_AUTO_TEST_CASE(two_stages_must_not_share_containers_names) {
  BOOST_TEST(problems("projects:\n"
                      "  a: {image: s, tag: 1, stages: {b-c: }}\n"
                      "  a-b: {image: s, tag: 1, stages: {c: }}\n")
             == "f.yml:3:36: projects.a-b.stages.c: its containers would have "
                "the same names as those of a/b-c: rename one of the two");
}

BOOST_AUTO_TEST_CASE(wrong_settings_of_the_proxy_are_refused) {
  auto problem = [this](const std::string& lines) {
    auto reply
      = problems("proxy:\n  " + lines
                 + "\nprojects: {s: {stages: {p: {image: s, tag: 1}}}}\n");
    auto colon = reply.find(": ");
    return reply.substr(colon + 2, reply.find('\n') - colon - 2);
  };
  BOOST_TEST(problem("publish_on: localhost")
             == "proxy.publish_on: found \"localhost\", expected an IP address "
                "such as 127.0.0.1");
  BOOST_TEST(problem("forward: port")
             == "proxy.forward: found \"port\", expected host-port or network");
  BOOST_TEST(problem("forward_host: a b")
             == "proxy.forward_host: found \"a b\", expected a host name or an "
                "IP address");
  std::string site
    = ", expected http://HOST or https://HOST, perhaps with a port";
  BOOST_TEST(problem("verify_url: http://h/path")
             == "proxy.verify_url: found \"http://h/path\" (it has a path)"
                  + site);
  BOOST_TEST(problem("verify_url: ftp://h")
             == "proxy.verify_url: found \"ftp://h\"" + site);
  BOOST_TEST(problem("verify_url: h")
             == "proxy.verify_url: found \"h\" (it does not begin with "
                "SCHEME://)"
                  + site);
  BOOST_TEST(problems("proxy: {url: 'http://h:81', identity: i, secret: s}\n"
                      "projects: {s: {stages: {p: {image: s, tag: 1}}}}\n")
             == "f.yml:1:14: proxy.url: found \"http://h:81\" (it has no "
                "path), expected the URL of its API such as "
                "http://127.0.0.1:81/api");
}

BOOST_AUTO_TEST_CASE(wrong_networks_are_refused) {
  auto problem = [this](const std::string& name) {
    return problems("network: " + name
                    + "\nprojects: {s: {stages: {p: {image: s, tag: 1}}}}\n");
  };
  BOOST_TEST(problem("'a b'")
             == "f.yml:1:10: network: found \"a b\", expected a network's name "
                "such as staging-net");
  BOOST_TEST(problem("host")
             == "f.yml:1:10: network: found \"host\" (on the engine's own "
                "networks containers have no names), expected a network's name "
                "such as staging-net");
}

// -- registries and the engine ------------------------------------------------

BOOST_AUTO_TEST_CASE(wrong_registries_are_refused) {
  std::string rest = "projects: {s: {stages: {p: {image: s, tag: 1}}}}\n";
  for (const auto* host : {"shop", "https://registry.example.com",
                           "registry.example.com/team", "index.docker.io"})
    BOOST_TEST(problems("registries: {'" + std::string{host}
                        + "': {username: u, password: p}}\n" + rest)
                 .find("is not a registry's host, expected one such as "
                       "registry.example.com, or docker.io for Docker Hub")
               != std::string::npos);
  BOOST_TEST(problems("registries: {localhost:5000: {username: u}}\n" + rest)
             == "f.yml:1:14: registries.\"localhost:5000\": has no login, "
                "expected username and password, or identity_token");
  BOOST_TEST(problems("registries: []\n" + rest)
             == "f.yml:1:13: registries: found a list, expected a mapping of "
                "registries' hosts to logins such as {registry.example.com: "
                "{username: ci, password: \"${PASSWORD}\"}}");
}

BOOST_AUTO_TEST_CASE(the_file_wins_over_the_environment) {
  std::string rest = "projects: {s: {stages: {p: {image: s, tag: 1}}}}\n";
  env = {{"DOCKER_HOST", "tcp://env.example.com"},
         {"DOCKER_API_VERSION", "1.41"}};
  auto x = good("engine: {host: 'unix:///run/file.sock'}\n" + rest);
  BOOST_TEST(x.engine.origin.socket_path == "/run/file.sock");
  BOOST_TEST(x.engine.pinned_api_version == "1.41");
  x = good("engine: {api_version: '1.45'}\n" + rest);
  BOOST_TEST(x.engine.origin.base_url == "http://env.example.com:2375");
  BOOST_TEST(x.engine.pinned_api_version == "1.45");
}

BOOST_AUTO_TEST_CASE(wrong_settings_of_the_engine_are_refused) {
  std::string rest = "projects: {s: {stages: {p: {image: s, tag: 1}}}}\n";
  BOOST_TEST(problems("engine: {tls: {ca: ca.pem}}\n" + rest)
             == "f.yml:1:10: engine.tls: needs engine.host beside it");
  BOOST_TEST(
    problems("engine:\n  host: tcp://h\n  tls: {cert: no.pem}\n" + rest)
    == "f.yml:1:1: engine.tls.key: is missing: a certificate and its "
       "key go together\n"
       "f.yml:3:15: engine.tls.cert: cannot read the file \"no.pem\": "
       "No such file or directory");
  BOOST_TEST(problems("engine: {host: 'unix:///s', tls: {}}\n" + rest)
             == "f.yml:1:34: engine.tls: a unix socket has no TLS: use "
                "tcp://HOST:2376 as host, or remove tls");
  BOOST_TEST(problems("engine: {api_version: '1.39'}\n" + rest)
             == "f.yml:1:23: engine.api_version: found \"1.39\", expected an "
                "API version from 1.40 to 1.52");
  env = {{"DOCKER_HOST", "ssh://h"}};
  BOOST_TEST(problems("keep: 1\n" + rest)
               .starts_with("f.yml: DOCKER_HOST: SSH is not spoken here"));
}

// -- a server to ask ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_server_to_ask_needs_nothing_else) {
  directory.write("token", "dw_secret\n");
  auto path = directory.write("f.yml", "client: {server: /x, ca: ca.pem, "
                                       "token: 'file:token'}\n"
                                       "proxy: {secret: '${NOT_SET}'}\n"
                                       "unknown: 1\n");
  auto result = load_client_settings(path, env_of(env));
  if (!result)
    BOOST_FAIL(render(result.error()));
  BOOST_TEST(result->server == "/x");
  BOOST_TEST(result->ca == directory.path("ca.pem"));
  BOOST_TEST(result->token.reveal() == "dw_secret");
}

BOOST_AUTO_TEST_CASE(a_configuration_may_name_no_server) {
  auto path = directory.write("f.yml", "projects: {}\n");
  auto result = load_client_settings(path, env_of(env));
  BOOST_REQUIRE(result);
  BOOST_TEST(result->server == "");
  BOOST_TEST(!!load_client_settings(default_configuration_path, env_of(env)));
  auto missing = load_client_settings(directory.path("no.yml"), env_of(env));
  BOOST_REQUIRE(!missing);
  BOOST_TEST((code_of(missing.error()) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_node_needs_neither_stages_nor_a_file) {
  auto path = directory.write("f.yml", "engine: {host: 'unix:///d'}\n"
                                       "server: {history: 7}\n"
                                       "proxy: {forward_host: 10.0.0.7}\n");
  auto result = load_node_configuration(path, env_of(env));
  if (!result)
    BOOST_FAIL(render(result.error()));
  BOOST_TEST(result->stages.empty());
  BOOST_TEST(result->server.history == 7u);
  BOOST_TEST(result->defaults.forward_host == "10.0.0.7");
  auto none = load_node_configuration(default_configuration_path, env_of(env));
  BOOST_REQUIRE(none);
  BOOST_TEST(!none->engine.display.empty());
  BOOST_TEST(!load_node_configuration(directory.path("no.yml"), env_of(env)));
}

BOOST_AUTO_TEST_CASE(a_server_to_ask_is_refused_where_it_is_wrong) {
  auto path = directory.write("f.yml", "client: {serve: /x}\n");
  auto result = load_client_settings(path, env_of(env));
  BOOST_REQUIRE(!result);
  BOOST_TEST(failure_of(result.error())
               .reply.ends_with("f.yml:1:10: client.serve: is not a key here, "
                                "did you mean server?"),
             failure_of(result.error()).reply);
}

// -- the reference ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_document_has_the_reference_of_the_program) {
  auto text
    = content_of(std::string{source_directory} + "/docs/configuration.md");
  std::string begin = "<!-- begin reference -->\n";
  auto from = text.find(begin);
  auto to = text.find("<!-- end reference -->");
  BOOST_REQUIRE(from != std::string::npos);
  BOOST_REQUIRE(to != std::string::npos);
  auto expected = configuration_reference();
  auto is_same
    = text.substr(from + begin.size(), to - from - begin.size()) == expected;
  if (!is_same)
    std::ofstream{"configuration_reference.md"} << expected;
  BOOST_TEST(is_same, "docs/configuration.md is not up to date; what belongs "
                      "between its marks is in configuration_reference.md");
}

BOOST_AUTO_TEST_CASE(defaults_of_the_reference_mean_what_they_say) {
  std::string lines;
  for (const auto& key : stage_keys()) {
    if (key.fallback.empty() || key.path.find('.') != std::string::npos)
      continue;
    lines += key.path + ": " + key.fallback + "\n";
  }
  BOOST_TEST(lines.find("drain: 30s\n") != std::string::npos);
  BOOST_TEST((stage(stage_text(lines)) == stage(stage_text(""))));
}

BOOST_AUTO_TEST_SUITE_END()
