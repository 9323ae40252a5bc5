#include "actors/network_manager.hpp"

#include "actors/harden.hpp"
#include "transports/docker_api.hpp"

#include <algorithm>
#include <functional>

namespace dw {

namespace {

using self_pointer
  = network_manager_impl::stateful_pointer<network_manager_state>;

// Services join only what spans the nodes of their swarm.
caf::expected<network_info>
as_overlay(const caf::expected<network_info>& found) {
  if (!found || found->driver == "overlay")
    return found;
  return make_failure(errc::conflict,
                      {.operation = "ensure overlay network",
                       .object = found->name,
                       .reply = "there is a network of that name, which is a "
                                + found->driver
                                + " network that no service can join",
                       .hint = "Give the stage another network."});
}

void settle_all(self_pointer self, const std::string& name,
                const caf::expected<network_info>& result) {
  if (!result)
    note_failure(self, result.error());
  auto node = self->state.waiting.extract(name);
  for (auto& x : node.mapped())
    settle_call(self, x.call, x.overlay ? as_overlay(result) : result);
}

// Makes an exchange on behalf of all who wait for `name`.
void step(self_pointer self, const std::string& name,
          caf::expected<http_request> request,
          std::function<void(const http_response&)> then) {
  if (!request) {
    settle_all(self, name, std::move(request.error()));
    return;
  }
  self->request(self->state.engine, caf::infinite, std::move(*request))
    .then([then](const http_response& response) { then(response); },
          [self, name](caf::error& err) {
            settle_all(self, name, std::move(err));
          });
}

// Several networks of one name make the name useless. They came into being
// while we created ours, so that nothing depends on them yet: everybody who
// takes part in the race keeps the oldest.
void remove_duplicates(self_pointer self,
                       const std::vector<network_info>& networks) {
  for (size_t i = 1; i < networks.size(); ++i) {
    auto request = docker::remove_network(networks[i].id);
    if (!request)
      continue;
    self->request(self->state.engine, caf::infinite, std::move(*request))
      .then(
        [](const http_response& response) {
          if (auto err = docker::check_done(response))
            spdlog::warn("network-manager: {}", render(err));
        },
        [](caf::error& err) {
          spdlog::warn("network-manager: {}", render(err));
        });
  }
}

// Looks for networks of that name; `then` gets them, the oldest first.
void look_up(self_pointer self, const std::string& name,
             std::function<void(const std::vector<network_info>&)> then) {
  step(self, name, docker::list_networks(name),
       [self, name, then](const http_response& response) {
         auto networks = docker::parse_network_list(response, name);
         if (networks)
           then(*networks);
         else
           settle_all(self, name, std::move(networks.error()));
       });
}

void keep_oldest(self_pointer self, const std::string& name) {
  look_up(self, name, [self, name](const std::vector<network_info>& networks) {
    if (networks.empty()) {
      settle_all(self, name,
                 make_failure(errc::not_found,
                              {.operation = "create network",
                               .object = name,
                               .reply = "it was created and is gone"}));
      return;
    }
    remove_duplicates(self, networks);
    settle_all(self, name, networks.front());
  });
}

// How long an engine may take from the time that it notes as a network's
// creation until it lists the network. Looking earlier, two who race might each
// see another one as the oldest. Both race through the same engine, which takes
// about as long for either.
caf::timespan race_window(caf::timespan creation_took) {
  constexpr auto margin = 10;
  return std::clamp<caf::timespan>(margin * creation_took,
                                   std::chrono::milliseconds{20},
                                   std::chrono::milliseconds{1'000});
}

void on_created(self_pointer self, const std::string& name,
                const http_response& response, caf::timespan took) {
  auto id = docker::parse_network_created(response);
  if (id)
    self->delayed_send(self, race_window(took), caf::tick_atom_v, name);
  else if (code_of(id.error()) == errc::conflict)
    keep_oldest(self, name); // somebody else was faster, which is as good
  else
    settle_all(self, name, std::move(id.error()));
}

void create(self_pointer self, const std::string& name, bool overlay) {
  auto began = self->clock().now();
  step(self, name, docker::create_network(name, overlay),
       [self, name, began](const http_response& response) {
         on_created(self, name, response, self->clock().now() - began);
       });
}

void find_or_create(self_pointer self, const std::string& name, bool overlay) {
  look_up(self, name,
          [self, name, overlay](const std::vector<network_info>& networks) {
            // Those that were there before are not ours to remove, and the
            // ambiguity of their name does no harm to those who use the id.
            if (!networks.empty())
              settle_all(self, name, networks.front());
            else
              create(self, name, overlay);
          });
}

caf::result<network_info> ensure(self_pointer self, const ensure_network& x) {
  auto call
    = begin_call<network_info>(self, x.options, "ensure network", x.name);
  watch_deadline(self, call);
  auto [i, is_first] = self->state.waiting.try_emplace(x.name);
  i->second.push_back({std::move(call), x.overlay});
  if (is_first)
    find_or_create(self, x.name, x.overlay);
  return caf::delegated<network_info>{};
}

caf::result<network_info> find(self_pointer self, const find_network& x) {
  auto parse = [name = x.name](
                 const http_response& response) -> caf::expected<network_info> {
    auto networks = docker::parse_network_list(response, name);
    if (!networks)
      return std::move(networks.error());
    if (networks->empty())
      return make_failure(errc::not_found,
                          {.operation = "find network",
                           .object = name,
                           .peer = response.peer,
                           .reply = "there is no network of that name"});
    return std::move(networks->front());
  };
  return exchange<network_info>(self, x.options, docker::list_networks(x.name),
                                parse);
}

} // namespace

network_manager_impl::behavior_type
network_manager(self_pointer self, engine_gateway_actor engine) {
  harden(self);
  self->state.engine = std::move(engine);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { on_party_down(self, msg.source); });
  return {
    [self](const ensure_network& x) { return ensure(self, x); },
    [self](const find_network& x) { return find(self, x); },
    [self](const connect_network& x) {
      return exchange<done>(self, x.options,
                            docker::connect_network(x.network, x.container,
                                                    x.aliases),
                            as_done(docker::check_done));
    },
    [self](const cancel& x) { on_cancel(self, x); },
    [self](caf::tick_atom, const std::string& name) {
      keep_oldest(self, name);
    },
    [self](caf::timeout_atom, uint64_t number) {
      give_up(self, number, errc::timed_out);
    },
  };
}

} // namespace dw
