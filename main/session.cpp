#include "main/session.hpp"

#include "actors/journal.hpp"
#include "actors/scheduling.hpp"
#include "main/state_directory.hpp"
#include "main/version.hpp"
#include "transports/node_network.hpp"

#include <caf/send.hpp>

#include <sys/resource.h>

#include <utility>
#include <vector>

namespace dw {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0
      && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

service_settings
make_service_settings(const configuration& config, exchange_counter count) {
  service_settings result;
  result.engine = config.engine;
  if (config.npm)
    result.proxy = *config.npm;
  result.registries = config.registries;
  result.stored_logins = stored_logins(process_environment());
  result.count_exchange = std::move(count);
  return result;
}

namespace {

void prepare_for_nodes(caf::actor_system_config& config,
                       const fleet_settings& fleet) {
  node_network network;
  if (!fleet.insecure)
    network.tls = fleet.tls;
  if (auto err = configure(config, network))
    throw session_failure{std::move(err)};
  enlarge_thread_stacks();
}

std::vector<fleet_member> members_of(const fleet_settings& fleet) {
  std::vector<fleet_member> result;
  for (const auto& [name, x] : fleet.nodes)
    result.push_back({x.endpoint, x.publish_on, x.forward_host});
  return result;
}

} // namespace

session::session(const configuration& config,
                 std::optional<journal_store> journal, exchange_counter count) {
  raise_file_limit();
  configure_scheduler(config_);
  add_message_types(config_);
  auto has_nodes = !config.fleet.nodes.empty();
  if (has_nodes)
    prepare_for_nodes(config_, config.fleet);
  system_ = std::make_unique<caf::actor_system>(config_);
  auto settings = make_service_settings(config, std::move(count));
  services given;
  if (journal)
    given.journal = journal_ = spawn_journal(*system_, std::move(*journal));
  if (has_nodes) {
    // Links lend the proxy to nodes, and deploys go through links.
    shared_ = std::make_unique<shared_services>(*system_, settings, given);
    given = shared_->handles();
    fleet_ = std::make_unique<node_fleet>(*system_, members_of(config.fleet),
                                          given.proxy, version);
    given.nodes = fleet_->nodes();
  }
  deploys_ = std::make_unique<deploy_system>(*system_, settings, given);
}

session::~session() {
  deploys_.reset();
  fleet_.reset();
  shared_.reset();
  if (journal_)
    caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
}

} // namespace dw
