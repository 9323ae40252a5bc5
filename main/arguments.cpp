#include "main/arguments.hpp"

#include "main/units.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>

namespace dw {

namespace {

// Durations as the configuration writes them.
void add_duration(CLI::App* command, const std::string& name,
                  std::chrono::milliseconds& out, const std::string& text) {
  command
    ->add_option_function<std::string>(
      name,
      [&out, name](const std::string& value) {
        auto duration = parse_duration(value);
        if (!duration)
          throw CLI::ValidationError(
            name, "\"" + value + "\" is no duration; say 120s or 2m");
        out = *duration;
      },
      text)
    ->type_name("DURATION");
}

void add_timeout(CLI::App* command, arguments& out) {
  add_duration(command, "--timeout", out.timeout,
               "Give up, and undo, after this long");
}

void add_json(CLI::App* command, arguments& out) {
  command->add_flag("--json", out.json,
                    "Print one JSON object a line, and nothing else");
}

void add_stages(CLI::App* command, arguments& out, bool is_required) {
  auto* option = command->add_option("stage", out.stages, "The stage")
                   ->type_name("PROJECT/STAGE");
  if (is_required)
    option->required();
}

void add_one_stage(CLI::App* command, arguments& out) {
  add_stages(command, out, true);
  command->get_option("stage")->expected(1);
}

void add_deploy(CLI::App& app, arguments& out) {
  auto* x = app.add_subcommand(
    "deploy", "Replace what serves a stage with a new container, without "
              "losing a request");
  add_stages(x, out, false);
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
  add_json(x, out);
}

void add_stage_commands(CLI::App& app, arguments& out) {
  auto* plan
    = app.add_subcommand("plan", "Show what a deploy would change; change "
                                 "nothing");
  add_stages(plan, out, false);
  plan->add_flag("--all", out.all, "All stages of the configuration");
  plan->add_option("--tag", out.tag, "Plan for this tag")->type_name("TAG");
  plan->add_option("--image", out.image, "Plan for this image")
    ->type_name("IMAGE");
  add_json(plan, out);
  auto* status = app.add_subcommand("status", "Show what runs and where its "
                                              "requests come from");
  add_stages(status, out, false);
  status->add_flag("--names", out.names,
                   "Print the names of the configured stages only");
  add_json(status, out);
  auto* rollback = app.add_subcommand(
    "rollback", "Go back to a container that was kept, by a deploy of its "
                "image and settings");
  add_one_stage(rollback, out);
  rollback
    ->add_option("--tag", out.tag, "Go back to this tag, not to the latest")
    ->type_name("TAG");
  add_timeout(rollback, out);
  rollback->add_flag("--no-wait-drain", out.no_wait_drain,
                     "End when the former version serves; the replaced one is "
                     "stopped in the background");
  add_json(rollback, out);
  for (auto [name, text] :
       {std::pair{"start", "Start what served last, and route to it"},
        std::pair{"stop", "Stop what serves"},
        std::pair{"restart", "Restart what serves, and route to its new port; "
                             "requests meanwhile fail"}}) {
    auto* x = app.add_subcommand(name, text);
    add_one_stage(x, out);
    add_timeout(x, out);
    add_json(x, out);
  }
  auto* remove = app.add_subcommand(
    "remove", "Remove all containers of a stage and its proxy host");
  add_one_stage(remove, out);
  remove->add_flag("-y,--yes", out.yes, "Do not ask");
  add_json(remove, out);
  auto* retire = app.add_subcommand(
    "retire", "Stop and prune what deploys that were interrupted while "
              "draining left running");
  add_one_stage(retire, out);
  add_duration(retire, "--drain", out.drain,
               "Let the old container finish its requests for this long "
               "first");
  add_json(retire, out);
  auto* logs = app.add_subcommand("logs", "Show the log of what serves");
  add_one_stage(logs, out);
  logs->add_flag("-f,--follow", out.follow, "Go on until interrupted");
  logs->add_option("-n,--tail", out.tail, "Only the last lines")
    ->type_name("LINES");
  logs->add_flag("-t,--timestamps", out.timestamps,
                 "Begin each line with its time");
}

void add_other_commands(CLI::App& app, arguments& out) {
  auto* proxy = app.add_subcommand("proxy", "Look at the proxy's hosts");
  proxy->require_subcommand(1);
  add_json(proxy->add_subcommand("list", "List all proxy hosts"), out);
  for (auto [name, text] :
       {std::pair{"show", "Show everything about the host of a domain"},
        std::pair{"find", "Tell which host has a domain, and where it "
                          "forwards to"}}) {
    auto* x = proxy->add_subcommand(name, text);
    x->add_option("domain", out.domain, "The domain")
      ->type_name("DOMAIN")
      ->required();
    add_json(x, out);
  }
  auto* check = app.add_subcommand(
    "check", "Check the configuration, the engine, and the proxy account");
  add_json(check, out);
  add_json(app.add_subcommand("version", "Show the version"), out);
  app.add_subcommand("completion", "Print a completion script for a shell")
    ->add_option("shell", out.shell, "The shell")
    ->type_name("SHELL")
    ->check(CLI::IsMember({"bash", "zsh", "fish"}))
    ->required();
}

std::unique_ptr<CLI::App> make_app(arguments& out) {
  auto app = std::make_unique<CLI::App>(
    "Deploys container images to Docker and exposes them through Nginx Proxy "
    "Manager.",
    "docker-watcher");
  app
    ->add_option("-c,--config", out.configuration,
                 "The configuration file, docker-watcher.yml by default")
    ->type_name("FILE");
  app->add_flag("-v,--verbose", out.verbose,
                "Log what the program does, to standard error");
  app->require_subcommand(1);
  app->fallthrough();
  add_deploy(*app, out);
  add_stage_commands(*app, out);
  add_other_commands(*app, out);
  return app;
}

std::string selected_command(const CLI::App& app) {
  std::string result;
  for (const auto* x = &app; !x->get_subcommands().empty();) {
    x = x->get_subcommands().front();
    result += (result.empty() ? "" : " ") + x->get_name();
  }
  return result;
}

// What the single options cannot say about each other.
std::string find_contradiction(const arguments& x) {
  if (x.command == "deploy" || x.command == "plan") {
    if (x.all == !x.stages.empty())
      return "name one or more stages, or all of them with --all";
    if (x.all && (!x.image.empty() || !x.tag.empty()))
      return "--tag and --image are for named stages, not for --all";
  }
  return {};
}

} // namespace

std::variant<arguments, usage_message>
parse_command_line(int argc, const char* const* argv) {
  arguments result;
  auto app = make_app(result);
  try {
    app->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const CLI::App* last = app.get();
    while (!last->get_subcommands().empty())
      last = last->get_subcommands().front();
    return usage_message{last == app.get() ? app->help()
                                           : last->help(selected_command(*app)),
                         false};
  } catch (const CLI::ParseError& x) {
    return usage_message{std::string{"docker-watcher: "} + x.what()
                           + "\nTry docker-watcher --help.\n",
                         true};
  }
  result.command = selected_command(*app);
  if (auto text = find_contradiction(result); !text.empty())
    return usage_message{
      "docker-watcher " + result.command + ": " + text + "\n", true};
  return result;
}

namespace {

// Calls `f(full name, command)` for each command that can be run.
void for_each_command(
  const CLI::App& app, const std::string& prefix,
  const std::function<void(const std::string&, const CLI::App&)>& f) {
  for (const auto* x :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    auto name = prefix + x->get_name();
    auto inner = x->get_subcommands([](const CLI::App*) { return true; });
    if (inner.empty())
      f(name, *x);
    else
      for_each_command(*x, name + " ", f);
  }
}

std::string markdown_of(const CLI::App& command) {
  std::string result;
  for (const auto* x : command.get_options()) {
    if (x->get_name() == "--help")
      continue;
    result += "| `" + x->get_name(x->get_positional(), true);
    if (!x->get_positional() && x->get_expected_max() > 0)
      result += " " + x->get_type_name();
    result += "` | " + x->get_description() + " |\n";
  }
  return result.empty() ? result : "\n| | |\n| --- | --- |\n" + result;
}

} // namespace

std::string command_reference() {
  arguments ignored;
  auto app = make_app(ignored);
  auto result = "## Options of every command\n" + markdown_of(*app);
  for_each_command(*app, "", [&](const std::string& name, const CLI::App& x) {
    result
      += "\n## " + name + "\n\n" + x.get_description() + ".\n" + markdown_of(x);
  });
  return result;
}

std::vector<command_names> list_commands() {
  arguments ignored;
  auto app = make_app(ignored);
  std::vector<command_names> result;
  for_each_command(*app, "", [&](const std::string& name, const CLI::App& x) {
    command_names names{name, {}, false};
    for (const auto* option : x.get_options()) {
      if (option->get_positional())
        names.takes_stage |= option->get_name() == "stage";
      else
        for (const auto& flag : option->get_lnames())
          names.options.push_back("--" + flag);
    }
    result.push_back(std::move(names));
  });
  return result;
}

} // namespace dw
