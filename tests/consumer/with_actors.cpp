// Deploys a tag of the shop by docker-watcher's actors, among which one is our
// own:
//
//   with_actors TAG

#include "actors/deploy_system.hpp"
#include "actors/scheduling.hpp"
#include "settings.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <iostream>

namespace {

// [own actor]
// Knows the logins of registries: ours come from a vault.
dw::credential_store_actor::behavior_type vault() {
  return {[](const dw::find_credentials& what) {
    dw::found_credentials result;
    if (what.registry == variable("REGISTRY")) {
      result.credentials = registry_login();
      result.source = "the vault";
    }
    return result;
  }};
}
// [own actor]

// [client]
dw::deploy_listener_actor::behavior_type
client(dw::deploy_listener_actor::pointer self,
       const dw::deploy_supervisor_actor& supervisor, std::string tag,
       int* status) {
  // Should the supervisor die of a bug, we are told.
  self->monitor(supervisor);
  self->set_down_handler([self](const caf::down_msg&) {
    std::cerr << "the supervisor is gone\n";
    self->quit();
  });
  // Subscribe to the events of all work ...
  self->request(supervisor, caf::infinite, dw::deploy_listener_actor{self})
    .then([](dw::done) {},
          [](const caf::error& err) { std::cerr << dw::render(err) << '\n'; });
  // ... and have some done. It has its own deadline, `deploy_spec::timeout`.
  dw::submit_work work;
  work.spec = shop(tag);
  self->request(supervisor, caf::infinite, std::move(work))
    .then(
      [self, status](const dw::deploy_report& report) {
        if (report.outcome == dw::deploy_outcome::deployed)
          *status = 0;
        else
          std::cerr << dw::render(report.error) << '\n';
        self->quit();
      },
      [self](const caf::error& err) { // not accepted
        std::cerr << dw::render(err) << '\n';
        self->quit();
      });
  return {[](const dw::deploy_event& x) {
            std::cout << to_string(x.phase) << ' ' << x.text << '\n';
          },
          [](const dw::deploy_report&) {
            // Reports of others' work come here, too.
          }};
}
// [client]

} // namespace

int main(int, char** argv) {
  auto status = 1;
  // [system]
  caf::actor_system_config config;
  dw::add_message_types(config);   // before there is a system
  dw::configure_scheduler(config); // unless other actors need more threads
  caf::actor_system system{config};

  dw::service_settings settings;
  settings.engine = engine();
  settings.proxy = proxy();
  dw::services given;
  given.credentials = system.spawn(vault); // all others are docker-watcher's
  {
    dw::deploy_system deploys{system, settings, given};
    auto worker = system.spawn(client, deploys.supervisor(), argv[1], &status);
    caf::scoped_actor self{system};
    self->wait_for(worker);
  } // ends its actors ...
  caf::anon_send_exit(given.credentials, caf::exit_reason::user_shutdown);
  // ... and the system waits for them.
  // [system]
  return status;
}
