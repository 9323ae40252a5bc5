#include "main/command_tree.hpp"

#include "main/help_format.hpp"
#include "main/problems.hpp"
#include "main/units.hpp"

#include <CLI/CLI.hpp>

#include <charconv>

namespace dw {

namespace {

using namespace std::chrono_literals;

// Durations as the configuration writes them.
// @param least Less would stand for something else than a short time.
void add_duration(CLI::App* command, const std::string& name,
                  std::chrono::milliseconds& out, const std::string& text,
                  std::chrono::milliseconds least) {
  command
    ->add_option_function<std::string>(
      name,
      [&out, name, least](const std::string& value) {
        auto duration = parse_duration(value);
        if (!duration)
          throw CLI::ValidationError(name, in_quotes(value)
                                             + " is no duration; say 120s or "
                                               "2m");
        if (*duration < least)
          throw CLI::ValidationError(name, in_quotes(value) + " is less than "
                                             + format_duration(least));
        out = *duration;
      },
      text)
    ->type_name("DURATION");
}

void add_tail(CLI::App* command, arguments& out) {
  command
    ->add_option_function<std::string>(
      "-n,--tail",
      [&out](const std::string& value) {
        const auto* end = value.data() + value.size();
        auto [rest, err] = std::from_chars(value.data(), end, out.tail);
        if (err != std::errc{} || rest != end || out.tail < 0)
          throw CLI::ValidationError("--tail", in_quotes(value)
                                                 + " is no number of lines");
      },
      "Only the last lines; all by default")
    ->type_name("LINES");
}

void add_timeout(CLI::App* command, arguments& out) {
  add_duration(command, "--timeout", out.timeout,
               "Give up, and undo, after this long", 1ms);
}

void add_json(CLI::App* command, arguments& out) {
  command->add_flag("--json", out.json,
                    "Print one JSON object a line, and nothing else");
}

void add_server(CLI::App* command, arguments& out) {
  command
    ->add_option_function<std::string>(
      "--server", [&out](const std::string& value) { out.server = value; },
      "Have a server do it, as client.server names one; '' for none")
    ->type_name("URL");
  command
    ->add_option_function<std::string>(
      "--ca", [&out](const std::string& value) { out.ca = value; },
      "Authorities that may sign the server's certificate")
    ->type_name("FILE");
}

void add_limit(CLI::App* command, arguments& out) {
  command
    ->add_option_function<std::string>(
      "-n,--limit",
      [&out](const std::string& value) {
        const auto* end = value.data() + value.size();
        auto [rest, err] = std::from_chars(value.data(), end, out.limit);
        if (err != std::errc{} || rest != end || out.limit < 1
            || out.limit > 1000)
          throw CLI::ValidationError(
            "--limit", in_quotes(value) + " is no number from 1 to 1000");
      },
      "How many to show; 20 by default")
    ->type_name("NUMBER");
}

void add_stages(CLI::App* command, arguments& out, bool is_required,
                const std::string& text) {
  auto* option = command->add_option("stage", out.stages, text)
                   ->type_name("PROJECT/STAGE");
  if (is_required)
    option->required();
}

void add_one_stage(CLI::App* command, arguments& out) {
  add_stages(command, out, true, "The stage, as in shop/prod");
  command->get_option("stage")->expected(1);
}

void add_deploy(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "deploy", "Replace what serves a stage with a new container, without "
              "losing a request");
  add_stages(x, out, false, "The stages, as in shop/prod");
  x->add_flag("--all", out.all, "All stages of the configuration");
  x->add_option("--tag", out.tag, "Deploy this tag instead of the configured")
    ->type_name("TAG");
  x->add_option("--image", out.image,
                "Deploy this image, with or without a tag")
    ->type_name("IMAGE");
  add_timeout(x, out);
  x->add_flag("--no-wait-drain", out.no_wait_drain,
              "End when the new container serves; the old one is stopped in "
              "the background");
  add_server(x, out);
  add_json(x, out);
}

void add_plan(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "plan", "Show what a deploy would change; change nothing");
  add_stages(x, out, false, "The stages, as in shop/prod");
  x->add_flag("--all", out.all, "All stages of the configuration");
  x->add_option("--tag", out.tag, "Plan for this tag")->type_name("TAG");
  x->add_option("--image", out.image, "Plan for this image")
    ->type_name("IMAGE");
  add_server(x, out);
  add_json(x, out);
}

void add_status(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "status", "Show what runs and where its requests come from");
  add_stages(x, out, false, "The stages; all by default");
  x->add_flag("--names", out.names,
              "Print the names of the configured stages only");
  add_server(x, out);
  add_json(x, out);
}

void add_rollback(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "rollback", "Go back to a container that was kept, by a deploy of its "
                "image and settings");
  add_one_stage(x, out);
  x->add_option("--tag", out.tag, "Go back to this tag, not to the latest")
    ->type_name("TAG");
  add_timeout(x, out);
  x->add_flag("--no-wait-drain", out.no_wait_drain,
              "End when the former version serves; the replaced one is "
              "stopped in the background");
  add_server(x, out);
  add_json(x, out);
}

void add_start_and_stop(CLI::App& app, arguments& out) {
  for (auto [name, text] :
       {std::pair{"start", "Start what served last, and route to it"},
        std::pair{"stop", "Stop all that runs of a stage"},
        std::pair{"restart", "Restart what serves, and route to its new port; "
                             "requests meanwhile fail"}}) {
    auto* x = app.add_subcommand(name, text);
    add_one_stage(x, out);
    add_timeout(x, out);
    add_server(x, out);
    add_json(x, out);
  }
}

void add_remove(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "remove", "Remove all containers of a stage and its proxy host");
  add_one_stage(x, out);
  x->add_flag("-y,--yes", out.yes, "Do not ask");
  add_server(x, out);
  add_json(x, out);
}

void add_retire(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "retire", "Stop and prune what deploys that were interrupted while "
              "draining left running");
  add_one_stage(x, out);
  add_duration(x, "--drain", out.drain,
               "Let the old container finish its requests for this long "
               "first",
               0ms);
  add_server(x, out);
  add_json(x, out);
}

void add_logs(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand("logs", "Show the log of what serves");
  add_one_stage(x, out);
  x->add_flag("-f,--follow", out.follow, "Go on until interrupted");
  add_tail(x, out);
  x->add_flag("-t,--timestamps", out.timestamps,
              "Begin each line with its time");
  x->add_option("--node", out.node, "On which node, if it is on several")
    ->type_name("NAME");
  add_server(x, out);
}

void add_history(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "history", "Show what a server has deployed, the latest first");
  add_stages(x, out, false,
             "A stage, or the id of a deploy for its steps; all stages by "
             "default");
  x->get_option("stage")->expected(0, 1);
  add_limit(x, out);
  add_server(x, out);
  add_json(x, out);
}

void add_nodes(CLI::App& app, arguments& out) {
  add_json(app.add_subcommand(
             "nodes", "Show the nodes of the configuration, and whether they "
                      "can be reached"),
           out);
}

void add_proxy(CLI::App& app, arguments& out) {
  auto* proxy = app.add_subcommand("proxy", "Look at the proxy's hosts");
  proxy->require_subcommand(1);
  auto* list = proxy->add_subcommand("list", "List all proxy hosts");
  add_server(list, out);
  add_json(list, out);
  for (auto [name, text] :
       {std::pair{"show", "Show everything about the host of a domain"},
        std::pair{"find", "Tell which host has a domain, and where it "
                          "forwards to"}}) {
    auto* x = proxy->add_subcommand(name, text);
    x->add_option("domain", out.domain, "The domain, as in shop.example.com")
      ->type_name("DOMAIN")
      ->required();
    add_server(x, out);
    add_json(x, out);
  }
}

CLI::App* add_login_command(CLI::App& app, arguments& out,
                            const std::string& name, const std::string& text) {
  auto* x = app.add_subcommand(name, text);
  x->add_option("registry", out.registry,
                "The registry's host, as in registry.example.com; docker.io "
                "for Docker Hub")
    ->type_name("REGISTRY");
  x->add_flag("--proxy", out.of_proxy,
              "The login is for the proxy of the configuration");
  return x;
}

void add_login(CLI::App& app, arguments& out) {
  auto* x = add_login_command(
    app, out, "login", "Store a login for a registry or the proxy, encrypted");
  x->add_option("-u,--username", out.username,
                "The username, or the proxy's identity; asked for on a "
                "terminal if it is not here")
    ->type_name("NAME");
  x->add_flag("--password-stdin", out.password_stdin,
              "Read the password from standard input instead of asking for it");
  add_login_command(app, out, "logout",
                    "Remove the stored login for a registry or the proxy");
}

void add_token_create(CLI::App& token, arguments& out) {
  auto* x = token.add_subcommand(
    "create", "Make a token and print it; it cannot be shown again");
  x->add_option("name", out.token, "Whose it is, for people")
    ->type_name("NAME")
    ->required();
  x->add_option_function<std::string>(
     "--scope",
     [&out](const std::string& value) {
       if (value != "read" && value != "deploy" && value != "admin")
         throw CLI::ValidationError(
           "--scope", in_quotes(value) + " is not read, deploy or admin");
       out.scope = value;
     },
     "What its owner may do: read, deploy or admin; read by default")
    ->type_name("SCOPE");
  add_duration(x, "--lifetime", out.lifetime,
               "How long it is good; for ever by default", 1s);
  add_json(x, out);
}

void add_token(CLI::App& app, arguments& out) {
  auto* token
    = app.add_subcommand("token", "Manage the tokens of the server's clients");
  token->require_subcommand(1);
  add_token_create(*token, out);
  add_json(token->add_subcommand("list", "List tokens, without what is secret"),
           out);
  auto* x = token->add_subcommand("revoke", "Make a token worthless");
  x->add_option("id", out.token, "Its id, as token list shows it")
    ->type_name("ID")
    ->required();
}

void add_node_cert(CLI::App& node, arguments& out) {
  auto* x = node.add_subcommand(
    "cert", "Make a certificate for a node or a controller");
  x->add_option("name", out.name, "Whose it is, as in web-1")
    ->type_name("NAME")
    ->required();
  x->add_flag("--controller", out.for_controller,
              "It is for a controller, not for a node");
  x->add_option("--dir", out.directory,
                "Where the files are and go, those of the authorities "
                "included; here by default")
    ->type_name("DIR");
  x->add_option_function<std::string>(
     "--days",
     [&out](const std::string& value) {
       const auto* end = value.data() + value.size();
       auto [rest, err] = std::from_chars(value.data(), end, out.days);
       if (err != std::errc{} || rest != end || out.days < 1 || out.days > 3650)
         throw CLI::ValidationError(
           "--days", in_quotes(value) + " is no number from 1 to 3650");
     },
     "How long it is good; 730 by default")
    ->type_name("NUMBER");
}

void add_node(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "node", "Let controllers deploy to this machine, until interrupted");
  x->add_option("--listen", out.listen,
                "Where controllers connect to, as in 10.0.0.7:7443")
    ->type_name("ADDRESS:PORT");
  x->add_option("--name", out.name,
                "What the node calls itself; the machine's name by default")
    ->type_name("NAME");
  x->add_option("--engine", out.engine,
                "The Docker Engine; the configuration's by default, or that of "
                "DOCKER_HOST")
    ->type_name("HOST");
  x->add_option_function<std::string>(
     "--ca", [&out](const std::string& value) { out.ca = value; },
     "The authority that has signed the controllers' certificates")
    ->type_name("FILE");
  x->add_option("--cert", out.certificate, "The node's certificate")
    ->type_name("FILE");
  x->add_option("--key", out.key, "Its key")->type_name("FILE");
  x->add_flag("--insecure", out.insecure,
              "Do without TLS; on the loopback interface only");
  add_node_cert(*x, out);
}

void add_completion(CLI::App& app, arguments& out) {
  app.add_subcommand("completion", "Print a completion script for a shell")
    ->add_option_function<std::string>(
      "shell",
      [&out](const std::string& value) {
        if (value != "bash" && value != "zsh" && value != "fish")
          throw CLI::ValidationError("SHELL", in_quotes(value)
                                                + " is not bash, zsh or fish");
        out.shell = value;
      },
      "bash, zsh or fish")
    ->type_name("SHELL")
    ->required();
}

// What all commands have in common.
void describe_commands(CLI::App& app) {
  for (auto* x : app.get_subcommands([](CLI::App*) { return true; })) {
    x->group("Commands");
    x->footer("Options of every command: -c FILE, -v; see docker-watcher "
              "--help.");
    for (auto* option : x->get_options())
      option->disable_flag_override();
    describe_commands(*x);
  }
}

} // namespace

std::unique_ptr<CLI::App> make_command_tree(arguments& out) {
  auto app = std::make_unique<CLI::App>(
    "Deploys container images to Docker and exposes them through Nginx Proxy "
    "Manager.",
    "docker-watcher");
  app->formatter(std::make_shared<help_format>());
  app->set_help_flag("-h,--help", "Show this help");
  app
    ->add_option("-c,--config", out.configuration,
                 "The configuration file; docker-watcher.yml by default")
    ->type_name("FILE");
  app->add_flag("-v,--verbose", out.verbose,
                "Log what the program does, to standard error");
  app->set_version_flag("--version", "", "Show the version");
  app->require_subcommand(1);
  app->fallthrough();
  add_deploy(*app, out);
  add_plan(*app, out);
  add_status(*app, out);
  add_rollback(*app, out);
  add_start_and_stop(*app, out);
  add_remove(*app, out);
  add_retire(*app, out);
  add_logs(*app, out);
  add_history(*app, out);
  add_nodes(*app, out);
  add_proxy(*app, out);
  add_login(*app, out);
  add_json(app->add_subcommand("check", "Check the configuration, the engine, "
                                        "and the proxy account"),
           out);
  app->add_subcommand("serve", "Serve the HTTP API, until interrupted");
  add_node(*app, out);
  add_token(*app, out);
  add_json(app->add_subcommand("version", "Show the version"), out);
  add_completion(*app, out);
  describe_commands(*app);
  for (auto* option : app->get_options())
    option->disable_flag_override();
  app->footer("docker-watcher COMMAND --help tells more about a command.");
  return app;
}

std::vector<const CLI::App*> all_subcommands(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App& selected_command(const CLI::App& tree) {
  const auto* result = &tree;
  while (!result->get_subcommands().empty())
    result = result->get_subcommands().front();
  return *result;
}

std::string full_name(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ")
         + command.get_name();
}

std::string usage_of(const CLI::App& command) {
  auto result = full_name(command) + " [OPTION]...";
  if (command.get_require_subcommand_min() > 0)
    result += " COMMAND";
  for (const auto* x : command.get_options()) {
    if (!x->get_positional())
      continue;
    auto is_list
      = x->get_expected_max() >= CLI::detail::expected_max_vector_size;
    auto name = x->get_type_name();
    result += " " + (x->get_required() ? name : "[" + name + "]")
              + (is_list ? "..." : "");
  }
  return result;
}

void for_each_command(const CLI::App& tree,
                      const std::function<void(const CLI::App&)>& f) {
  for (const auto* x : all_subcommands(tree)) {
    if (x->get_require_subcommand_min() == 0)
      f(*x);
    for_each_command(*x, f);
  }
}

} // namespace dw
