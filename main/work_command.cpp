#include "main/commands.hpp"
#include "main/selected_stages.hpp"
#include "main/stage_lock.hpp"
#include "main/units.hpp"
#include "main/with_session.hpp"
#include "main/work_view.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <spawn.h>
#include <tuple>
#include <unistd.h>

namespace dw {

namespace {

stage_action action_of(const std::string& command) {
  for (auto x : {stage_action::deploy, stage_action::rollback,
                 stage_action::start, stage_action::stop, stage_action::restart,
                 stage_action::remove, stage_action::retire})
    if (to_string(x) == command)
      return x;
  return stage_action::deploy;
}

std::unique_ptr<work_printer> make_printer(const arguments& args) {
  if (args.json)
    return make_json_printer(stdout);
  auto traits = inspect_terminal(STDOUT_FILENO);
  return traits.is_live ? make_live_printer(stdout, traits)
                        : make_line_printer(stdout);
}

std::string name_of(const deploy_spec& spec) {
  return spec.project + "/" + spec.stage;
}

// Other processes may work on the same stages: waits for them, in an order that
// is the same for all, so that two never wait for each other.
caf::expected<std::vector<stage_lock>>
lock_stages(const configuration& config, std::vector<deploy_spec> specs,
            work_printer& printer) {
  std::sort(specs.begin(), specs.end(), [](const auto& x, const auto& y) {
    return std::tie(x.project, x.stage) < std::tie(y.project, y.stage);
  });
  std::vector<stage_lock> result;
  for (const auto& spec : specs) {
    auto lock = stage_lock::take(config.engine.display, spec);
    if (!lock && code_of(lock.error()) == errc::stage_busy) {
      printer.on_notice("waiting for " + name_of(spec) + ": "
                        + failure_of(lock.error()).reply);
      lock = stage_lock::wait(config.engine.display, spec);
    }
    if (!lock)
      return std::move(lock.error());
    result.push_back(std::move(*lock));
  }
  return result;
}

// Removing cannot be undone, so a person is asked; a program must say --yes.
caf::error confirm(const arguments& args) {
  if (args.command != "remove" || args.yes)
    return caf::none;
  if (isatty(STDIN_FILENO) != 1)
    return make_failure(errc::invalid_argument,
                        {.operation = "remove",
                         .object = args.stages.front(),
                         .reply = "there is no terminal to ask whether you "
                                  "are sure",
                         .hint = "Pass --yes."});
  // Standard output is for results.
  fmt::print(stderr, "Remove all containers of {} and its proxy host? [y/N] ",
             args.stages.front());
  std::string answer;
  std::getline(std::cin, answer);
  boost::to_lower(answer);
  if (answer == "y" || answer == "yes")
    return caf::none;
  return make_failure(errc::invalid_argument,
                      {.operation = "remove",
                       .object = args.stages.front(),
                       .reply = "you did not say yes; nothing was removed"});
}

void complain_of_retirement(const std::string& stage, const std::string& why) {
  fmt::print(stderr,
             "docker-watcher: the old container is not stopped in the "
             "background: {}\n  docker-watcher retire {} does it.\n",
             why, stage);
}

// Starts a process that outlives this one and retires the old container when it
// has drained.
void retire_in_background(const arguments& args, const deploy_spec& spec) {
  auto config = std::filesystem::absolute(args.configuration).string();
  auto stage = name_of(spec);
  auto drain = format_duration(spec.drain);
  std::vector<std::string> words{"docker-watcher", "-c",      config,
                                 "retire",         "--drain", drain,
                                 "--server",       "",        stage};
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& x : words)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&files, 0, 1);
  posix_spawn_file_actions_adddup2(&files, 0, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // Its own session: the terminal's interrupts are not meant for it. And the
  // signals that we block are its own again.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  auto failed = posix_spawn(&child, "/proc/self/exe", &files, &attributes,
                            argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0)
    complain_of_retirement(stage, std::strerror(failed));
}

submit_work make_work(const arguments& args, deploy_spec spec) {
  submit_work result;
  result.action = action_of(args.command);
  if (result.action == stage_action::rollback)
    result.rollback_to = args.tag;
  if (result.action == stage_action::retire)
    spec.drain = args.drain;
  result.skip_drain = args.no_wait_drain;
  result.spec = std::move(spec);
  return result;
}

// Asks a server to retire the old containers when they have drained.
void retire_at_server(remote::session& server, const deploy_spec& spec) {
  submit_work work;
  work.action = stage_action::retire;
  work.spec = spec;
  auto id = server.ask(remote::requests::submit(work, make_instance_id()),
                       remote::parse_accepted);
  if (!id)
    complain_of_retirement(name_of(spec), render(id.error()));
}

// What of them was deployed without waiting for the drain.
void retire_later(const command_context& x,
                  const std::vector<deploy_spec>& specs,
                  const std::vector<deploy_report>& reports) {
  for (const auto& report : reports)
    for (const auto& spec : specs)
      if (report.outcome == deploy_outcome::deployed
          && spec.project == report.project && spec.stage == report.stage) {
        if (x.server != nullptr)
          retire_at_server(*x.server, spec);
        else
          retire_in_background(x.args, spec);
      }
}

} // namespace

exit_status run_work_command(const command_context& x) {
  auto specs = selected_stages(x.args, x.config, false);
  if (!specs)
    return report_error(x.args, specs.error());
  if (auto err = confirm(x.args))
    return report_error(x.args, err);
  auto printer = make_printer(x.args);
  std::vector<stage_lock> locks;
  // A server has its own.
  if (x.server == nullptr) {
    auto taken = lock_stages(x.config, *specs, *printer);
    if (!taken)
      return report_error(x.args, taken.error());
    locks = std::move(*taken);
  }
  std::vector<submit_work> work;
  for (const auto& spec : *specs)
    work.push_back(make_work(x.args, spec));
  auto result = with_session(x, [&](auto& running) {
    return run_work(running.system(), running.supervisor(), x.server != nullptr,
                    x.signals, *printer, std::move(work));
  });
  locks.clear();
  if (x.args.no_wait_drain)
    retire_later(x, *specs, result.reports);
  return result.status;
}

} // namespace dw
