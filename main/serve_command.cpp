#include "actors/journal.hpp"
#include "actors/sealing.hpp"
#include "main/api/daemon.hpp"
#include "main/commands.hpp"
#include "main/idle_notice.hpp"
#include "main/service_notice.hpp"
#include "main/session.hpp"
#include "main/state_directory.hpp"
#include "main/watchdog.hpp"
#include "messages/error.hpp"
#include "transports/http_server.hpp"

#include <caf/send.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <unistd.h>

namespace dw {

namespace {

// How long the last notifications may take when the server stops.
constexpr std::chrono::seconds notification_grace{5};

caf::expected<journal_store>
open_journal(const server_settings& settings, const std::string& state) {
  auto seal = find_sealer(stored_logins(process_environment()).key, true);
  if (!seal)
    return std::move(seal.error());
  return journal_store::open({journal_path(state), settings.history},
                             std::move(*seal));
}

// The addresses that the configuration names; its reader has checked them.
std::vector<server_listener> listeners_of(const server_settings& settings) {
  std::vector<server_listener> result;
  std::string ignored;
  for (const auto& text : settings.listen) {
    auto x = parse_listener(text, ignored).value();
    auto* tcp = std::get_if<tcp_listener>(&x);
    if (tcp != nullptr && !settings.certificate.empty())
      tcp->tls = server_tls{settings.certificate, settings.key};
    result.push_back(std::move(x));
  }
  return result;
}

// -- stopping -----------------------------------------------------------------

/// What the server waits for before it ends. All functions from any thread.
class stop_conditions {
public:
  /// @param count As `interrupts` counts.
  void on_signal(int count) {
    if (count > 2)
      _exit(static_cast<int>(exit_status::interrupted));
    change([&] { signals_ = count; });
  }

  void on_idle() {
    change([&] { is_idle_ = true; });
  }

  void wait_for_signal() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return signals_ > 0; });
  }

  /// Until there is no work, for at most `grace`, or until the second signal.
  void wait_for_work(std::chrono::milliseconds grace) {
    std::unique_lock lock{mutex_};
    changed_.wait_for(lock, grace, [this] { return is_idle_ || signals_ > 1; });
  }

private:
  template <class F>
  void change(F f) {
    std::lock_guard guard{mutex_};
    f();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int signals_ = 0;
  bool is_idle_ = false;
};

// What runs may end meanwhile; the journal has the rest for the next start.
void let_work_end(session& running,
                  const std::shared_ptr<stop_conditions>& stop,
                  std::chrono::milliseconds grace) {
  notify_when_idle(running.system(), running.supervisor(),
                   [stop] { stop->on_idle(); });
  stop->wait_for_work(grace);
}

// -- reloading ----------------------------------------------------------------

void apply_log_settings(const arguments& args, log_settings x) {
  if (args.verbose)
    x.level = log_level::debug;
  log_for_server(x);
}

// What is set up once; the rest is read from the configuration of the moment.
std::vector<std::string>
needing_restart(const configuration& before, const configuration& after) {
  std::vector<std::string> result;
  if (before.engine != after.engine)
    result.emplace_back("engine");
  if (before.npm != after.npm)
    result.emplace_back("proxy");
  if (before.registries != after.registries)
    result.emplace_back("registries");
  if (before.fleet != after.fleet)
    result.emplace_back("nodes");
  auto same = after.server;
  same.log = before.server.log;
  same.drift_interval = before.server.drift_interval;
  if (before.server != same)
    result.emplace_back("server");
  return result;
}

void reload(const arguments& args, api::daemon& daemon) {
  tell_service_manager("RELOADING=1");
  if (auto x = load_configuration(args.configuration, process_environment())) {
    for (const auto& part : needing_restart(*daemon.config(), *x))
      spdlog::warn("{} has changed in the configuration: this takes effect at "
                   "the next start",
                   part);
    apply_log_settings(args, x->server.log);
    spdlog::info("the configuration was read again: {} stages",
                 x->stages.size());
    daemon.set_config(std::make_shared<configuration>(std::move(*x)));
  } else {
    spdlog::error("the configuration was not taken, the one before stays: {}",
                  render(x.error()));
  }
  tell_service_manager("READY=1");
}

// -- serving ------------------------------------------------------------------

// Serves until a signal comes.
caf::error
serve(const command_context& x, session& running, api::daemon& daemon) {
  const auto& settings = x.config.server;
  auto server
    = http_server::start(listeners_of(settings), {},
                         [&daemon](server_request request, responder out) {
                           daemon.serve(std::move(request), std::move(out));
                         });
  if (!server)
    return std::move(server.error());
  auto stop = std::make_shared<stop_conditions>();
  x.signals.handle([stop](int count) { stop->on_signal(count); });
  x.signals.handle_reload([&] { reload(x.args, daemon); });
  daemon.look_after_stages();
  caf::actor watchdog;
  if (auto interval = watchdog_interval())
    watchdog
      = spawn_watchdog(running.system(), running.supervisor(), *interval);
  fmt::print("listening on {}\n", fmt::join(settings.listen, ", "));
  std::fflush(stdout);
  tell_service_manager("READY=1");
  stop->wait_for_signal();
  tell_service_manager("STOPPING=1");
  x.signals.handle_reload({});
  daemon.stop_accepting();
  let_work_end(running, stop, settings.grace);
  caf::anon_send_exit(watchdog, caf::exit_reason::user_shutdown);
  daemon.finish_notifications(notification_grace);
  (*server)->stop();
  daemon.end_actors(); // for which the server's destructor waits
  return caf::none;
}

} // namespace

exit_status run_serve(const command_context& x) {
  apply_log_settings(x.args, x.config.server.log);
  auto state = make_state_directory(process_environment());
  if (!state)
    return report_error(x.args, state.error());
  auto store = open_journal(x.config.server, *state);
  if (!store)
    return report_error(x.args, store.error());
  auto counters = std::make_shared<api::metrics>();
  session running{x.config, std::move(*store),
                  [counters](const std::string& peer, int status, errc why) {
                    counters->count_exchange(peer, status, why);
                  }};
  api::daemon daemon{running, std::make_shared<configuration>(x.config),
                     api::token_store{*state + "/tokens"}, counters};
  auto resumed = running.ask<uint32_t>(running.supervisor(), resume_work{});
  auto err = resumed ? serve(x, running, daemon) : std::move(resumed.error());
  return err ? report_error(x.args, err) : exit_status::done;
}

} // namespace dw
