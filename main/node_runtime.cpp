#include "main/node_runtime.hpp"

#include "actors/image_pruner.hpp"
#include "actors/journal.hpp"
#include "main/api/work_log.hpp"
#include "main/api/work_tracker.hpp"
#include "main/session.hpp"
#include "main/version.hpp"

#include <boost/range/adaptor/reversed.hpp>

#include <caf/send.hpp>

#include <ctime>

namespace dw {

namespace {

node_right right_of(api::scope x) {
  switch (x) {
    case api::scope::admin:
      return node_right::remove;
    case api::scope::deploy:
      return node_right::work;
    default:
      return node_right::look;
  }
}

node_clients clients_of(api::token_store tokens) {
  auto shared = std::make_shared<api::token_store>(std::move(tokens));
  return [shared](const std::string& id) -> caf::optional<node_client> {
    auto entry = shared->find_by_id(id, std::time(nullptr));
    if (!entry)
      return caf::none;
    return node_client{entry->name, secret{entry->hash}, right_of(entry->may)};
  };
}

} // namespace

node_runtime::node_runtime(caf::actor_system& sys, const configuration& config,
                           journal_store journal, std::string name,
                           api::token_store tokens)
  : sys_{sys}, journal_{spawn_journal(sys, std::move(journal))} {
  node_parts parts;
  services given;
  given.journal = journal_;
  if (!config.npm) {
    auto link = spawn(proxy_link);
    given.proxy = link;
    parts.borrower = link;
  }
  deploys_.emplace(sys, make_service_settings(config), std::move(given));
  parts.svc = deploys_->svc();
  parts.supervisor = supervisor();
  spawn(api::work_log, supervisor());
  if (config.server.prune_images)
    spawn(image_pruner, supervisor(), journal_, parts.svc.images);
  parts.worker
    = spawn(api::work_tracker, supervisor(), journal_, config.engine.display);
  gateway_settings settings;
  settings.name = std::move(name);
  settings.version = version;
  settings.clients = clients_of(std::move(tokens));
  if (config.npm)
    settings.own_routes = config.defaults;
  gateway_ = spawn_node_gateway(sys, std::move(parts), std::move(settings));
}

node_runtime::~node_runtime() {
  caf::anon_send(gateway_, end_node_gateway{});
  deploys_.reset();
  for (const auto& x : spawned_ | boost::adaptors::reversed)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
}

} // namespace dw
