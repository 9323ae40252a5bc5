#include "actors/service_manager.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_services.hpp"
#include "transports/image_reference.hpp"

#include <functional>

namespace dw {

namespace {

using self_pointer
  = service_manager_actor::stateful_pointer<service_manager_state>;

using maybe_login = caf::optional<registry_credentials>;

// How long a helper program for credentials may take.
constexpr auto credentials_patience = std::chrono::seconds{60};

// The swarm changes a service itself while it updates it.
constexpr int max_attempts = 5;

// -- changes ------------------------------------------------------------------

/// A change of a service that is made from what it is now.
struct change {
  open_call<done> x;
  std::string id;
  std::function<caf::expected<http_request>(const http_response&)> make;
  int attempt = 1;
};

void read_and_change(self_pointer self, change what);

void on_changed(self_pointer self, change what, const http_response& response) {
  auto err = docker::check_done(response);
  if (err && code_of(err) == errc::conflict && what.attempt < max_attempts) {
    ++what.attempt;
    read_and_change(self, std::move(what));
    return;
  }
  settle_exchange(self, what.x, as_done(docker::check_done)(response));
  self->state.services.leave(what.id);
}

void send_change(self_pointer self, const change& what,
                 const http_response& inspected) {
  auto request = what.make(inspected);
  if (!request) {
    settle_exchange<done>(self, what.x, std::move(request.error()));
    self->state.services.leave(what.id);
    return;
  }
  ask_engine(
    self, what.x, std::move(*request),
    [self, what](const http_response& response) {
      on_changed(self, what, response);
    },
    [self, what] { self->state.services.leave(what.id); });
}

void read_and_change(self_pointer self, change what) {
  auto request = docker::inspect_service(what.id);
  if (!request) {
    settle_call(self, what.x, std::move(request.error()));
    self->state.services.leave(what.id);
    return;
  }
  ask_engine(
    self, what.x, std::move(*request),
    [self, what](const http_response& response) {
      send_change(self, what, response);
    },
    [self, what] { self->state.services.leave(what.id); });
}

// Changes a service when no other change of it is in progress.
void enter(self_pointer self, change what) {
  auto id = what.id;
  self->state.services.enter(id, [self, what = std::move(what)]() mutable {
    read_and_change(self, std::move(what));
  });
}

caf::result<done> scale(self_pointer self, const scale_service& what) {
  auto x = begin_call<done>(self, what.options, "scale service", what.id);
  enter(self, {x, what.id, [n = what.replicas](const http_response& now) {
                 return docker::scale_service(now, n);
               }});
  return caf::delegated<done>{};
}

// What is there may be what an automatic rollback has put back already.
caf::expected<http_request>
make_rollback(const http_response& now, const std::string& instance_id) {
  auto info = docker::parse_service(now);
  if (!info)
    return std::move(info.error());
  if (label_of(info->spec.labels, label::instance_id) != instance_id)
    return make_failure(
      errc::invalid_argument,
      {.operation = "roll back service",
       .object = info->name,
       .reply = "it is not of instance " + instance_id + " any more"});
  return docker::rollback_service(now);
}

caf::result<done> roll_back(self_pointer self, const rollback_service& what) {
  auto x = begin_call<done>(self, what.options, "roll back service", what.id);
  enter(self, {x, what.id, [id = what.instance_id](const http_response& now) {
                 return make_rollback(now, id);
               }});
  return caf::delegated<done>{};
}

// -- changes that need the registry's login -----------------------------------

// The nodes of the swarm pull by themselves, with the login of the service.
template <class T>
void with_login(self_pointer self, const open_call<T>& x,
                const std::string& image,
                std::function<void(const maybe_login&)> then) {
  auto reference = parse_image_reference(image);
  if (!reference) {
    then(caf::none);
    return;
  }
  self
    ->request(self->state.credentials, caf::duration{credentials_patience},
              find_credentials{{}, reference->registry})
    .then([then](const found_credentials& found) { then(found.credentials); },
          [self, x](caf::error& err) { settle_call(self, x, std::move(err)); });
}

caf::result<service_created>
create(self_pointer self, const create_service& what) {
  const auto& task = what.spec.task;
  auto x = begin_call<service_created>(self, what.options, "create service",
                                       task.name);
  with_login(self, x, task.image,
             [self, x, what](const maybe_login& credentials) {
               auto request = docker::create_service(what.spec, credentials);
               if (request)
                 exchange(self, x, std::move(*request),
                          docker::parse_service_created, [] {});
               else
                 settle_call(self, x, std::move(request.error()));
             });
  return caf::delegated<service_created>{};
}

caf::result<done> update(self_pointer self, const update_service& what) {
  auto x = begin_call<done>(self, what.options, "update service", what.id);
  with_login(self, x, what.spec.task.image,
             [self, x, what](const maybe_login& credentials) {
               auto make
                 = [spec = what.spec, credentials](
                     const http_response& now) -> caf::expected<http_request> {
                 auto info = docker::parse_service(now);
                 if (!info)
                   return std::move(info.error());
                 return docker::update_service(info->id, info->version, spec,
                                               credentials);
               };
               enter(self, {x, what.id, make});
             });
  return caf::delegated<done>{};
}

caf::result<done> remove(self_pointer self, const remove_service& what) {
  auto request = docker::remove_service(what.id);
  if (!request)
    return std::move(request.error());
  auto x = begin_call<done>(self, what.options, request->operation, what.id);
  self->state.services.enter(what.id, [self, x, id = what.id, request] {
    exchange(self, x, *request, as_done(docker::check_done),
             [self, id] { self->state.services.leave(id); });
  });
  return caf::delegated<done>{};
}

} // namespace

service_manager_actor::behavior_type
service_manager(self_pointer self, engine_gateway_actor engine,
                credential_store_actor credentials) {
  harden(self);
  self->state.engine = std::move(engine);
  self->state.credentials = std::move(credentials);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { on_party_down(self, msg.source); });
  return {
    [self](const inspect_swarm& x) {
      return exchange<swarm_info>(self, x.options, docker::inspect_swarm(),
                                  docker::parse_swarm);
    },
    [self](const create_service& x) { return create(self, x); },
    [self](const update_service& x) { return update(self, x); },
    [self](const scale_service& x) { return scale(self, x); },
    [self](const rollback_service& x) { return roll_back(self, x); },
    [self](const inspect_service& x) {
      return exchange<service_info>(
        self, x.options, docker::inspect_service(x.id), docker::parse_service);
    },
    [self](const list_services& x) {
      return exchange<std::vector<service_info>>(
        self, x.options, docker::list_services(x.labels),
        [labels = x.labels](const http_response& response) {
          return docker::parse_service_list(response, labels);
        });
    },
    [self](const remove_service& x) { return remove(self, x); },
    [self](const list_tasks& x) {
      return exchange<std::vector<service_task>>(self, x.options,
                                                 docker::list_tasks(x.service),
                                                 docker::parse_task_list);
    },
    [self](const cancel& x) { on_cancel(self, x); },
  };
}

} // namespace dw
