// Lists the shop's containers with a CONTAINER MANAGER, and without all the
// rest of docker-watcher.

#include "actors/container_manager.hpp"
#include "actors/engine_gateway.hpp"
#include "settings.hpp"
#include "transports/http_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <iostream>

int main() {
  auto status = 1;
  caf::actor_system_config config;
  dw::add_message_types(config);
  caf::actor_system system{config};

  // [one actor]
  auto http = dw::spawn_http_client(system, std::make_shared<dw::http_loop>());
  auto gateway = system.spawn(dw::engine_gateway, engine(), http);
  auto containers = system.spawn(dw::container_manager, gateway, size_t{4});

  dw::list_containers ours;
  ours.labels = {{"docker-watcher.project", variable("PROJECT")}};
  caf::scoped_actor self{system};
  self->request(containers, caf::infinite, ours)
    .receive(
      [&](const std::vector<dw::container_summary>& found) {
        for (const auto& x : found)
          std::cout << x.name << ' ' << to_string(x.state) << '\n';
        status = 0;
      },
      [](const caf::error& err) { std::cerr << dw::render(err) << '\n'; });

  for (const auto& x : {caf::actor_cast<caf::actor>(containers),
                        caf::actor_cast<caf::actor>(gateway),
                        caf::actor_cast<caf::actor>(http)})
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  // [one actor]
  return status;
}
