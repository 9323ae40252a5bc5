#include "actors/journal.hpp"
#include "actors/sealing.hpp"
#include "main/api/daemon.hpp"
#include "main/commands.hpp"
#include "main/service_notice.hpp"
#include "main/session.hpp"
#include "main/state_directory.hpp"
#include "messages/error.hpp"
#include "transports/http_server.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <future>
#include <unistd.h>

namespace dw {

namespace {

caf::expected<journal_store>
open_journal(const server_settings& settings, const std::string& state) {
  auto seal = find_sealer(stored_logins(process_environment()).key, true);
  if (!seal)
    return std::move(seal.error());
  return journal_store::open({state + "/journal.sqlite", settings.history},
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

void wait_for_signal(interrupts& signals) {
  auto signalled = std::make_shared<std::promise<void>>();
  auto result = signalled->get_future();
  signals.handle([signalled](int count) {
    if (count == 1)
      signalled->set_value();
    else
      _exit(static_cast<int>(exit_status::interrupted));
  });
  result.wait();
}

} // namespace

exit_status run_serve(const command_context& x) {
  const auto& settings = x.config.server;
  auto state = make_state_directory(process_environment());
  if (!state)
    return report_error(x.args, state.error());
  auto store = open_journal(settings, *state);
  if (!store)
    return report_error(x.args, store.error());
  session running{x.config, std::move(*store)};
  auto resumed = running.ask<uint32_t>(running.supervisor(), resume_work{});
  if (!resumed)
    return report_error(x.args, resumed.error());
  api::daemon daemon{running, x.config, api::token_store{*state + "/tokens"}};
  auto server
    = http_server::start(listeners_of(settings), {},
                         [&daemon](server_request request, responder out) {
                           daemon.serve(std::move(request), std::move(out));
                         });
  if (!server)
    return report_error(x.args, server.error());
  fmt::print("listening on {}\n", fmt::join(settings.listen, ", "));
  std::fflush(stdout);
  tell_service_manager("READY=1");
  wait_for_signal(x.signals);
  tell_service_manager("STOPPING=1");
  (*server)->stop();
  daemon.end_streams();
  server->reset();
  return exit_status::done;
}

} // namespace dw
