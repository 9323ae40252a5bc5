#include "main/advice.hpp"
#include "main/api/daemon.hpp"
#include "main/commands.hpp"
#include "main/server_journal.hpp"
#include "main/service_notice.hpp"
#include "main/session.hpp"
#include "main/state_directory.hpp"
#include "main/stop_conditions.hpp"
#include "main/watchdog.hpp"
#include "messages/error.hpp"
#include "transports/http_server.hpp"

#include <caf/send.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <memory>

namespace dw {

namespace {

// How long the last notifications may take when the server stops.
constexpr std::chrono::seconds notification_grace{5};

// What of the descriptors is never given to clients: the connections to the
// engine, the proxy and nodes, the journal, and programs need some.
constexpr rlim_t own_descriptors = 512;
constexpr rlim_t min_connections = 16;
constexpr rlim_t max_connections = 2'048;

server_limits limits_for(size_t listeners) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  auto room = files.rlim_cur - std::min(files.rlim_cur, own_descriptors);
  server_limits result;
  result.connections
    = std::clamp(room / listeners, min_connections, max_connections);
  return result;
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

// -- reloading ----------------------------------------------------------------

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
    log_for_server(x->server.log, args.verbose);
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
  auto stop = std::make_shared<stop_conditions>();
  x.signals.handle([stop](int count) { stop->on_signal(count); });
  auto server
    = http_server::start(listeners_of(settings),
                         limits_for(settings.listen.size()),
                         [&daemon](server_request request, responder out) {
                           daemon.serve(std::move(request), std::move(out));
                         });
  if (!server)
    return std::move(server.error());
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
  let_work_end(running.system(), running.supervisor(), stop, settings.grace);
  caf::anon_send_exit(watchdog, caf::exit_reason::user_shutdown);
  daemon.finish_notifications(notification_grace);
  (*server)->stop();
  daemon.end_actors(); // for which the server's destructor waits
  return caf::none;
}

} // namespace

exit_status run_serve(const command_context& x) {
  log_for_server(x.config.server.log, x.args.verbose);
  auto state = make_state_directory(process_environment());
  if (!state)
    return report_error(x.args, state.error());
  for (const auto& y : advise(x.config, process_environment()))
    spdlog::warn("{}: {}", y.what, y.text);
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
