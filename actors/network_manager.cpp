#include "actors/network_manager.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "transports/docker_api.hpp"

#include <functional>

namespace dw {

namespace {

using self_pointer
  = network_manager_actor::stateful_pointer<network_manager_state>;

void settle_all(self_pointer self, const std::string& name,
                const caf::expected<network_info>& result) {
  auto node = self->state.waiting.extract(name);
  for (auto& owed : node.mapped()) {
    if (result)
      owed.settle(*result);
    else
      owed.settle(result.error());
  }
}

// Makes an exchange on behalf of all who wait for `name`.
void step(self_pointer self, const std::string& name,
          caf::expected<http_request> request,
          std::function<void(const http_response&)> then) {
  if (!request) {
    settle_all(self, name, std::move(request.error()));
    return;
  }
  auto limit = patience(*request);
  self->request(self->state.engine, limit, std::move(*request))
    .then([then](const http_response& response) { then(response); },
          [self, name](caf::error& err) {
            settle_all(self, name, std::move(err));
          });
}

// Several networks of one name make the name useless. Another program may have
// raced us: everybody keeps the oldest, and the rest goes, as nothing can have
// been connected to an ambiguous name.
void remove_duplicates(self_pointer self, const std::string& name,
                       const std::vector<network_info>& networks) {
  for (size_t i = 1; i < networks.size(); ++i) {
    auto request = docker::remove_network(networks[i].id);
    if (request)
      caf::anon_send(self->state.engine, std::move(*request));
  }
  settle_all(self, name, networks.front());
}

void look_up(self_pointer self, const std::string& name,
             std::function<void()> if_absent) {
  step(self, name, docker::list_networks(name),
       [self, name, if_absent](const http_response& response) {
         auto networks = docker::parse_network_list(response, name);
         if (!networks)
           settle_all(self, name, std::move(networks.error()));
         else if (networks->empty())
           if_absent();
         else
           remove_duplicates(self, name, *networks);
       });
}

void create(self_pointer self, const std::string& name) {
  step(self, name, docker::create_network(name),
       [self, name](const http_response& response) {
         auto id = docker::parse_network_created(response);
         // A conflict means that somebody else was faster, which is as good.
         if (!id && code_of(id.error()) != errc::conflict) {
           settle_all(self, name, std::move(id.error()));
           return;
         }
         look_up(self, name, [self, name] {
           settle_all(self, name,
                      make_failure(errc::not_found,
                                   {.operation = "create network",
                                    .object = name,
                                    .peer = "Docker Engine",
                                    .reply = "it was created and is gone"}));
         });
       });
}

} // namespace

network_manager_actor::behavior_type
network_manager(self_pointer self, engine_gateway_actor engine) {
  harden(self);
  self->state.engine = std::move(engine);
  return {
    [self](const ensure_network& x) -> caf::result<network_info> {
      auto promise = self->make_response_promise<network_info>();
      auto [i, is_first] = self->state.waiting.try_emplace(x.name);
      i->second.emplace_back(promise);
      if (is_first)
        look_up(self, x.name, [self, name = x.name] { create(self, name); });
      return promise;
    },
    [self](const find_network& x) {
      return exchange<network_info>(
        self, x.options, docker::list_networks(x.name),
        [name = x.name](
          const http_response& response) -> caf::expected<network_info> {
          auto networks = docker::parse_network_list(response, name);
          if (!networks)
            return std::move(networks.error());
          if (networks->empty())
            return make_failure(errc::not_found,
                                {.operation = "find network",
                                 .object = name,
                                 .peer = "Docker Engine",
                                 .reply = "there is no network of that name"});
          return std::move(networks->front());
        });
    },
    [self](const connect_network& x) {
      return exchange<done>(
        self, x.options,
        docker::connect_network(x.network, x.container, x.aliases),
        as_done(docker::check_done));
    },
    [self](const cancel& x) {
      if (auto number
          = self->state.calls.cancel(self->current_sender(), x.ticket))
        self->send(self->state.engine, cancel{*number});
    },
  };
}

} // namespace dw
