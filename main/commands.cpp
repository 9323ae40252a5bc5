#include "main/commands.hpp"

#include "main/json_lines.hpp"
#include "main/terminal.hpp"
#include "messages/error.hpp"
#include "transports/image_reference.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <map>

namespace dw {

exit_status report_error(const arguments& args, const caf::error& err) {
  if (args.json) {
    fmt::print("{}\n", to_json(err));
  } else {
    std::fflush(stdout); // what was printed before belongs before it
    fmt::print(stderr, "{} {}\n",
               paint(inspect_terminal(STDERR_FILENO), color::red,
                     "docker-watcher:"),
               printable(render(err)));
  }
  return status_of(err);
}

namespace {

// Applies what the command line says to what the configuration says.
caf::error override_spec(const arguments& args, deploy_spec& spec) {
  if (args.timeout.count() > 0)
    spec.timeout = args.timeout;
  if (!args.image.empty()) {
    auto reference = parse_image_reference(args.image);
    if (!reference)
      return std::move(reference.error());
    spec.image = reference->name;
    if (!reference->tag.empty())
      spec.tag = reference->tag;
    spec.digest = reference->digest;
  }
  if (!args.tag.empty() && args.command != "rollback") {
    spec.tag = args.tag;
    spec.digest.clear();
  }
  return caf::none;
}

} // namespace

caf::expected<std::vector<deploy_spec>>
selected_stages(const arguments& args, const configuration& config,
                bool all_by_default) {
  if (args.all || (args.stages.empty() && all_by_default))
    return config.stages;
  std::vector<deploy_spec> result;
  for (const auto& name : args.stages) {
    auto spec = find_stage(config, name);
    if (!spec)
      return std::move(spec.error());
    if (auto err = override_spec(args, *spec))
      return err;
    result.push_back(std::move(*spec));
  }
  return result;
}

exit_status run_command(const arguments& args, interrupts& signals) {
  if (args.command == "version")
    return run_version(args);
  if (args.command == "completion")
    return run_completion(args);
  auto config = load_configuration(args.configuration, process_environment());
  if (!config) {
    report_error(args, config.error());
    return exit_status::usage;
  }
  using command = exit_status (*)(const command_context&);
  static const std::map<std::string, command> table{
    {"plan", run_plan},
    {"status", run_status},
    {"login", run_login},
    {"logout", run_logout},
    {"logs", run_logs},
    {"proxy list", run_proxy_list},
    {"proxy show", run_proxy_show},
    {"proxy find", run_proxy_find},
    {"check", run_check},
    {"serve", run_serve},
    {"token create", run_token_command},
    {"token list", run_token_command},
    {"token revoke", run_token_command},
  };
  auto i = table.find(args.command);
  auto run = i == table.end() ? run_work_command : i->second;
  return run({args, *config, signals});
}

} // namespace dw
