#include "actors/scheduling.hpp"
#include "main/advice.hpp"
#include "main/commands.hpp"
#include "main/engine_endpoint.hpp"
#include "main/machine_name.hpp"
#include "main/node_runtime.hpp"
#include "main/server_journal.hpp"
#include "main/service_notice.hpp"
#include "main/session.hpp"
#include "main/state_directory.hpp"
#include "main/stop_conditions.hpp"
#include "main/watchdog.hpp"
#include "messages/error.hpp"
#include "transports/node_network.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <climits>
#include <cstdio>
#include <memory>
#include <unistd.h>

namespace dw {

namespace {

std::string machine_name() {
  std::array<char, HOST_NAME_MAX + 1> result{};
  if (gethostname(result.data(), result.size() - 1) != 0)
    return "node";
  return result.data();
}

caf::error refuse_address(const std::string& text, std::string why) {
  return make_failure(errc::invalid_argument, {.operation = "listen on",
                                               .object = text,
                                               .reply = std::move(why)});
}

// Anybody who reaches a port without TLS can read along, and a token proves who
// connects but not who goes on from there.
caf::expected<tcp_listener> listener_of(const arguments& args) {
  std::string why;
  auto x = parse_listener("tcp://" + args.listen, why);
  if (!x)
    return refuse_address(args.listen, "it is not IP-ADDRESS:PORT");
  if (args.insecure && is_open_to_the_world(*x))
    return refuse_address(args.listen,
                          "--insecure is for the loopback interface only");
  return std::get<tcp_listener>(*x);
}

node_network network_of(const arguments& args) {
  node_network result;
  if (!args.insecure)
    result.tls = tls_files{args.ca.value_or(""), args.certificate, args.key};
  return result;
}

caf::error choose_engine(const std::string& host, configuration& config) {
  if (host.empty())
    return caf::none;
  engine_settings settings;
  settings.host = host;
  std::vector<setting_problem> problems;
  config.engine = make_engine_endpoint(settings, problems);
  if (problems.empty())
    return caf::none;
  return make_failure(errc::invalid_argument, {.operation = "use the engine",
                                               .object = host,
                                               .reply = problems.front().text});
}

// Takes up what a former process has left, before controllers can come.
caf::error resume(caf::actor_system& sys, const node_runtime& node) {
  caf::error result;
  caf::scoped_actor self{sys};
  self->request(node.supervisor(), caf::infinite, resume_work{})
    .receive([](uint32_t) {},
             [&](caf::error& err) { result = std::move(err); });
  return result;
}

// Serves until a signal comes, or the gateway ends.
// @returns false if it has.
bool serve_controllers(const command_context& x, caf::actor_system& sys,
                       const node_runtime& node, const std::string& name) {
  auto stop = std::make_shared<stop_conditions>();
  x.signals.handle([stop](int count) { stop->on_signal(count); });
  fmt::print("node {} listening on {}\n", name, x.args.listen);
  std::fflush(stdout);
  node.gateway()->attach_functor([stop] { stop->on_failure(); });
  caf::actor watchdog;
  if (auto interval = watchdog_interval())
    watchdog = spawn_watchdog(sys, node.supervisor(), *interval);
  tell_service_manager("READY=1");
  auto is_good = stop->wait_for_signal();
  tell_service_manager("STOPPING=1");
  caf::anon_send(node.gateway(), close_node_gateway{});
  let_work_end(sys, node.supervisor(), stop, x.config.server.grace);
  caf::anon_send_exit(watchdog, caf::exit_reason::user_shutdown);
  return is_good;
}

caf::error run(const command_context& x, const configuration& config,
               journal_store store, const std::string& state) {
  auto listener = listener_of(x.args);
  if (!listener)
    return std::move(listener.error());
  raise_file_limit();
  caf::actor_system_config system_config;
  configure_scheduler(system_config);
  add_message_types(system_config);
  if (auto err = configure(system_config, network_of(x.args)))
    return err;
  enlarge_thread_stacks();
  auto name = x.args.name.empty() ? machine_name() : x.args.name;
  caf::actor_system sys{system_config};
  node_runtime node{sys, config, std::move(store), name,
                    api::token_store{state + "/tokens"}};
  if (auto err = resume(sys, node))
    return err;
  if (auto port = publish_node(sys, node_gateway_actor{node.gateway()},
                               listener->address, listener->port);
      !port)
    return std::move(port.error());
  if (serve_controllers(x, sys, node, name))
    return caf::none;
  return make_failure(errc::internal,
                      {.operation = "serve controllers",
                       .reply = "the gateway has ended",
                       .hint = "This is a bug: please report it."});
}

} // namespace

exit_status run_node(const command_context& x) {
  log_for_server(x.config.server.log, x.args.verbose);
  // Controllers show it, and so do logs.
  if (const auto& name = x.args.name; !name.empty() && !is_machine_name(name))
    return report_error(x.args, refuse_machine_name("call the node", name));
  auto config = x.config;
  if (auto err = choose_engine(x.args.engine, config))
    return report_error(x.args, err);
  auto state = make_state_directory(process_environment());
  if (!state)
    return report_error(x.args, state.error());
  for (const auto& y : advise(config, process_environment()))
    spdlog::warn("{}: {}", y.what, y.text);
  auto store = open_journal(config.server, *state);
  if (!store)
    return report_error(x.args, store.error());
  if (auto err = run(x, config, std::move(*store), *state))
    return report_error(x.args, err);
  return exit_status::done;
}

} // namespace dw
