#include "tests/support/scripted_services.hpp"

#include "actors/instance_list.hpp"
#include "messages/naming.hpp"
#include "transports/obligation.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <exception>
#include <functional>
#include <map>
#include <utility>

namespace dw::test {

/// INTERNAL: from `scripted_services::release`.
struct released {};

} // namespace dw::test

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::test::released)

namespace dw::test {

// -- what the test and the actors share; all run on the test's thread ---------

struct scripted_world {
  struct injected {
    fault what;
    size_t seen = 0;
    size_t met = 0;
  };

  struct subscription {
    engine_listener_actor who;
    std::string container_id;
  };

  fake_engine engine;
  fake_swarm swarm{engine};
  fake_proxy proxy;
  std::vector<injected> faults;
  std::vector<std::string> calls;
  std::vector<subscription> subscriptions;
  size_t holding = 0;

  /// The fault that meets this call, or nullptr.
  const fault* next_fault(const std::string& call) {
    const fault* result = nullptr;
    for (auto& x : faults) {
      if (!call.starts_with(x.what.call) || x.met == x.what.times)
        continue;
      if (x.seen++ < x.what.skip || result)
        continue;
      ++x.met;
      result = &x.what;
    }
    return result;
  }

  /// "#2" for the id of a container that there is, "@2" for that of a service,
  /// else the text itself.
  std::string show(const std::string& id) {
    if (auto* service = swarm.find(id); service && service->info.id == id)
      return "@" + std::to_string(service->number);
    auto* x = engine.find(id);
    return x && x->info.id == id ? "#" + std::to_string(x->number) : id;
  }
};

namespace {

/// Plays all services, so that one behavior suffices.
using all_services_actor = caf::detail::tl_apply_t<
  caf::detail::tl_union_t<
    engine_gateway_actor::signatures, image_puller_actor::signatures,
    container_manager_actor::signatures, network_manager_actor::signatures,
    service_manager_actor::signatures, engine_watch_actor::signatures,
    proxy_registrar_actor::signatures,
    caf::detail::type_list<caf::reacts_to<released>>>,
  caf::typed_actor>;

struct service_state {
  /// A call that waits for `release`, or for ever.
  struct open_call {
    std::string what;
    caf::actor_addr asker;
    uint64_t ticket;
    bool is_held;
    /// Does it and answers, or answers with the error.
    std::function<void(const caf::error&)> finish;
  };

  static inline const char* name = "scripted-service";

  std::shared_ptr<scripted_world> world;
  std::vector<open_call> open;
};

using self_pointer = all_services_actor::stateful_pointer<service_state>;

template <class T>
caf::result<T> as_result(caf::expected<T> x) {
  if (!x)
    return std::move(x.error());
  return std::move(*x);
}

/// Keeps a call open; its promise must be kept from being dropped.
template <class T>
caf::result<T>
keep_open(self_pointer self, std::string what, uint64_t ticket, bool is_held,
          std::function<caf::expected<T>()> perform) {
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  auto promise = self->make_response_promise<T>();
  auto finish = [promise, perform](const caf::error& err) mutable {
    auto result = err ? caf::expected<T>{err} : perform();
    if (result)
      promise.deliver(std::move(*result));
    else
      promise.deliver(std::move(result.error()));
  };
  if (is_held)
    ++self->state.world->holding;
  self->state.open.push_back({std::move(what), asker, ticket, is_held, finish});
  return promise;
}

/// Serves a call, unless a fault meets it.
template <class T>
caf::result<T> serve(self_pointer self, std::string what, uint64_t ticket,
                     std::function<caf::expected<T>()> perform) {
  auto& world = *self->state.world;
  world.calls.push_back(what);
  const auto* fault = world.next_fault(what);
  if (!fault)
    return as_result(perform());
  switch (fault->kind) {
    case fault_kind::refuse:
      return fault->error;
    case fault_kind::lose_answer:
      perform();
      return fault->error;
    default:
      return keep_open(self, std::move(what), ticket,
                       fault->kind == fault_kind::hold, std::move(perform));
  }
}

template <class T, class Request>
caf::result<T> refuse_unforeseen(const Request&, const char* what) {
  BOOST_ERROR("no deploy should " << what);
  return make_failure(errc::internal, {.operation = what});
}

// Takes back a held call; one that was swallowed stays so.
void take_back(self_pointer self, uint64_t ticket) {
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  auto& open = self->state.open;
  auto i = std::find_if(open.begin(), open.end(), [&](const auto& x) {
    return x.asker == asker && x.ticket == ticket;
  });
  if (i == open.end())
    return;
  auto& world = *self->state.world;
  world.calls.push_back("cancel " + i->what);
  if (!i->is_held)
    return;
  --world.holding;
  auto call = std::move(*i);
  open.erase(i);
  call.finish(make_failure(errc::cancelled, {.operation = call.what,
                                             .object = "it",
                                             .reply = "cancelled"}));
}

void finish_held(self_pointer self) {
  auto open = std::exchange(self->state.open, {});
  for (auto& x : open)
    if (x.is_held) {
      --self->state.world->holding;
      x.finish(caf::none);
    } else {
      self->state.open.push_back(std::move(x));
    }
}

// -- HTTP: requests to containers, directly and through the proxy -------------

std::string host_of(const http_request& x) {
  for (const auto& header : x.headers)
    if (header.name == "Host")
      return header.value.reveal();
  return {};
}

http_response answer_of(const fake_container& x) {
  http_response result;
  result.status = x.app.status;
  if (x.app.tells_instance)
    result.headers.push_back({"x-instance-id", secret{x.instance_id()}});
  return result;
}

caf::error nobody_there(const http_request& x) {
  return make_failure(errc::connection_refused, {.operation = x.operation,
                                                 .object = x.object,
                                                 .reply = "nobody listens"});
}

caf::expected<http_response>
visit(scripted_world& world, const http_request& request) {
  auto domain = host_of(request);
  const auto* host = world.proxy.find(domain);
  http_response result;
  result.status = 200; // the default site
  if (!host || !host->enabled)
    return result;
  const auto& target = host->target;
  const auto* container = world.engine.find_at(target.host, target.port);
  if (!container || container->app.status == 0) {
    result.status = 502;
    return result;
  }
  result = answer_of(*container);
  if (result.status < 400)
    result.headers.push_back({"x-served-by", secret{domain}});
  return result;
}

caf::result<http_response>
serve_http(self_pointer self, const http_request& x) {
  auto world = self->state.world;
  auto is_visit = !x.origin.connect_to.empty();
  const auto& url = x.origin.base_url;
  auto port = is_visit ? std::string{} : url.substr(url.rfind(':') + 1);
  auto what = is_visit ? "visit " + host_of(x) : "probe " + port;
  return serve<http_response>(
    self, what, x.ticket,
    [world, x, is_visit, port]() -> caf::expected<http_response> {
      if (is_visit)
        return visit(*world, x);
      auto number = static_cast<uint16_t>(std::stoul(port));
      const auto* container = world->engine.find_at("", number);
      if (!container || container->app.status == 0)
        return nobody_there(x);
      return answer_of(*container);
    });
}

// -- lists of containers and services -----------------------------------------

caf::expected<std::vector<container_summary>>
list_instances(scripted_world& world, const list_containers& what) {
  auto containers = world.engine.list(what.labels);
  if (asks_for_stages(what))
    containers = split_ours(std::move(*containers)).ours;
  if (!what.services && !has_service(*containers))
    return containers;
  return fold_services(*containers, *world.swarm.list(what.labels));
}

// -- the behavior -------------------------------------------------------------

all_services_actor::behavior_type
play(self_pointer self, std::shared_ptr<scripted_world> shared) {
  self->state.world = shared;
  self->set_error_handler([](caf::error&) {
    // nop: stray errors are no business of a stand-in
  });
  auto& world = *shared;
  return {
    // -- HTTP, engine ---------------------------------------------------------
    [self](const http_request& x) { return serve_http(self, x); },
    [](const http_request& x, const body_consumer_actor&) {
      return refuse_unforeseen<http_response>(x, "stream");
    },
    [](const consumed&) { BOOST_ERROR("nothing was streamed"); },
    [self](const cancel& x) { take_back(self, x.ticket); },
    [](const ping_engine& x) {
      return refuse_unforeseen<engine_info>(x, "ping");
    },
    // -- images ---------------------------------------------------------------
    [](const pull_image& x) {
      return refuse_unforeseen<image_info>(x, "pull without telling how far");
    },
    [self, &world](const pull_image& x, const pull_listener_actor& listener) {
      return serve<image_info>(self, "pull " + x.reference, x.options.ticket,
                               [self, &world, listener,
                                reference = x.reference] {
                                 pull_progress progress;
                                 progress.reference = reference;
                                 progress.status = "Downloading";
                                 self->send(listener, progress);
                                 return world.engine.pull(reference);
                               });
    },
    [self, &world](const inspect_image& x) {
      return serve<image_info>(self, "inspect_image " + x.reference,
                               x.options.ticket, [&world, x] {
                                 return world.engine.inspect_image(x.reference);
                               });
    },
    [](const remove_image& x) {
      return refuse_unforeseen<done>(x, "remove an image");
    },
    [](const find_digest& x) {
      return refuse_unforeseen<found_digest>(x, "look a digest up");
    },
    // -- containers -----------------------------------------------------------
    [self, &world](const create_container& x) {
      return serve<container_created>(self, "create " + x.spec.name,
                                      x.options.ticket, [&world, x] {
                                        return world.engine.create(x.spec);
                                      });
    },
    [self, &world](const start_container& x) {
      return serve<done>(self, "start " + world.show(x.id), x.options.ticket,
                         [&world, x] { return world.engine.start(x.id); });
    },
    [self, &world](const stop_container& x) {
      return serve<done>(self, "stop " + world.show(x.id), x.options.ticket,
                         [&world, x] { return world.engine.stop(x.id); });
    },
    [self, &world](const restart_container& x) {
      return serve<done>(self, "restart " + world.show(x.id), x.options.ticket,
                         [&world, x] { return world.engine.restart(x.id); });
    },
    [self, &world](const remove_container& x) {
      return serve<done>(self, "remove " + world.show(x.id), x.options.ticket,
                         [&world, x] {
                           return world.engine.remove(x.id, x.force);
                         });
    },
    [self, &world](const rename_container& x) {
      return serve<done>(self, "rename " + world.show(x.id) + " " + x.name,
                         x.options.ticket, [&world, x] {
                           return world.engine.rename(x.id, x.name);
                         });
    },
    [self, &world](const set_restart_policy& x) {
      return serve<done>(
        self, "set_restart_policy " + world.show(x.id) + " " + x.policy,
        x.options.ticket, [&world, x] {
          return world.engine.set_restart_policy(x.id, x.policy);
        });
    },
    [self, &world](const inspect_container& x) {
      return serve<container_info>(self, "inspect " + world.show(x.id),
                                   x.options.ticket, [&world, x] {
                                     return world.engine.inspect(x.id);
                                   });
    },
    [self, &world](const inspect_port& x) {
      return serve<port_binding>(
        self, "inspect_port " + world.show(x.id), x.options.ticket,
        [&world, x] { return world.engine.port(x.id, x.container_port); });
    },
    [self, &world](const list_containers& x) {
      return serve<std::vector<container_summary>>(
        self, "list_containers", x.options.ticket,
        [&world, x] { return list_instances(world, x); });
    },
    [](const wait_container& x) {
      return refuse_unforeseen<container_exit>(x, "wait");
    },
    [self, &world](const read_logs& x) {
      return serve<std::vector<log_line>>(
        self, "logs " + world.show(x.id), x.options.ticket,
        [&world, x] { return world.engine.logs(x.id, x.tail); });
    },
    [](const read_logs& x, const log_listener_actor&) {
      return refuse_unforeseen<done>(x, "follow a log");
    },
    // -- swarm ----------------------------------------------------------------
    [self, &world](const inspect_swarm& x) {
      return serve<swarm_info>(self, "inspect_swarm", x.options.ticket,
                               [&world] {
                                 return world.swarm.inspect_swarm();
                               });
    },
    [self, &world](const create_service& x) {
      return serve<service_created>(self, "create_service " + x.spec.task.name,
                                    x.options.ticket, [&world, x] {
                                      return world.swarm.create(x.spec);
                                    });
    },
    [self, &world](const update_service& x) {
      return serve<done>(self, "update_service " + world.show(x.id),
                         x.options.ticket, [&world, x] {
                           return world.swarm.update(x.id, x.spec);
                         });
    },
    [self, &world](const scale_service& x) {
      return serve<done>(
        self, "scale " + world.show(x.id) + " " + std::to_string(x.replicas),
        x.options.ticket,
        [&world, x] { return world.swarm.scale(x.id, x.replicas); });
    },
    [self, &world](const rollback_service& x) {
      return serve<done>(self, "rollback_service " + world.show(x.id),
                         x.options.ticket, [&world, x] {
                           return world.swarm.roll_back(x.id, x.instance_id);
                         });
    },
    [self, &world](const inspect_service& x) {
      return serve<service_info>(self, "inspect_service " + world.show(x.id),
                                 x.options.ticket, [&world, x] {
                                   return world.swarm.inspect(x.id);
                                 });
    },
    [](const list_services& x) {
      return refuse_unforeseen<std::vector<service_info>>(x, "list services");
    },
    [self, &world](const remove_service& x) {
      return serve<done>(self, "remove_service " + world.show(x.id),
                         x.options.ticket,
                         [&world, x] { return world.swarm.remove(x.id); });
    },
    [self, &world](const list_tasks& x) {
      return serve<std::vector<service_task>>(
        self, "list_tasks " + world.show(x.service), x.options.ticket,
        [&world, x] { return world.swarm.tasks(x.service); });
    },
    // -- networks -------------------------------------------------------------
    [self, &world](const ensure_network& x) {
      return serve<network_info>(self, "ensure_network " + x.name,
                                 x.options.ticket, [&world, x] {
                                   return world.engine.ensure_network(x.name);
                                 });
    },
    [](const find_network& x) {
      return refuse_unforeseen<network_info>(x, "look for a network");
    },
    [](const connect_network& x) {
      return refuse_unforeseen<done>(x, "connect a network");
    },
    // -- watch ----------------------------------------------------------------
    [self, &world](const engine_listener_actor& who, const std::string& id) {
      return serve<done>(self, "subscribe " + world.show(id), 0,
                         [&world, who, id]() -> caf::expected<done> {
                           std::erase_if(
                             world.subscriptions, [&](const auto& x) {
                               return x.who == who && x.container_id == id;
                             });
                           world.subscriptions.push_back({who, id});
                           return done{};
                         });
    },
    // -- proxy ----------------------------------------------------------------
    [](const ping_proxy& x) {
      return refuse_unforeseen<proxy_info>(x, "ping the proxy");
    },
    [](const create_proxy_host& x) {
      return refuse_unforeseen<proxy_host>(x, "create a proxy host directly");
    },
    [](const read_proxy_host& x) {
      return refuse_unforeseen<proxy_host>(x, "read a proxy host");
    },
    [self, &world](const list_proxy_hosts& x) {
      return serve<std::vector<proxy_host>>(
        self, "list_hosts", x.options.ticket,
        [&world]() -> caf::expected<std::vector<proxy_host>> {
          return world.proxy.hosts();
        });
    },
    [self, &world](const update_proxy_host& x) {
      return serve<proxy_host>(self, "update_host " + std::to_string(x.id),
                               x.options.ticket,
                               [&world, x] { return world.proxy.update(x); });
    },
    [self, &world](const delete_proxy_host& x) {
      return serve<done>(self, "delete_host " + std::to_string(x.id),
                         x.options.ticket,
                         [&world, x] { return world.proxy.remove(x.id); });
    },
    [](const enable_proxy_host& x) {
      return refuse_unforeseen<done>(x, "enable a proxy host");
    },
    [self, &world](const disable_proxy_host& x) {
      return serve<done>(self, "disable_host " + std::to_string(x.id),
                         x.options.ticket,
                         [&world, x] { return world.proxy.disable(x.id); });
    },
    [](const find_proxy_host& x) {
      return refuse_unforeseen<proxy_host>(x, "find a proxy host");
    },
    [self, &world](const set_route& x) {
      return serve<route_result>(self, "set_route " + x.domains.front(),
                                 x.options.ticket, [&world, x] {
                                   return world.proxy.set_route(x);
                                 });
    },
    [self, &world](const revert_route& x) {
      return serve<done>(self, "revert_route", x.options.ticket,
                         [&world, x] { return world.proxy.revert(x.changes); });
    },
    [self](released) { finish_held(self); },
  };
}

} // namespace

// -- the test's side ----------------------------------------------------------

scripted_services::scripted_services(actor_fixture& fixture)
  : world_{std::make_shared<scripted_world>()} {
  auto actor = fixture.keep(fixture.sys.spawn(play, world_));
  actors_.push_back(caf::actor_cast<caf::actor>(actor));
  fixture.run();
}

scripted_services::~scripted_services() {
  if (std::uncaught_exceptions() > 0)
    return;
  for (const auto& x : world_->faults)
    if (x.met == 0)
      BOOST_ERROR("an injected fault has met no call: " << x.what.call);
}

services scripted_services::handles() const {
  auto actor = caf::actor_cast<all_services_actor>(actors_.front());
  services result;
  result.http = actor;
  result.engine = actor;
  result.images = actor;
  result.containers = actor;
  result.networks = actor;
  result.watch = actor;
  result.swarm = actor;
  result.proxy = actor;
  return result;
}

fake_engine& scripted_services::engine() {
  return world_->engine;
}

fake_swarm& scripted_services::swarm() {
  return world_->swarm;
}

fake_proxy& scripted_services::proxy() {
  return world_->proxy;
}

void scripted_services::inject(fault x) {
  world_->faults.push_back({std::move(x)});
}

void scripted_services::release() {
  for (auto& x : world_->faults)
    if (x.what.kind == fault_kind::hold)
      x.what.times = x.met;
  caf::anon_send(caf::actor_cast<all_services_actor>(actors_.front()),
                 released{});
}

void scripted_services::forgive() {
  for (auto& x : world_->faults)
    x.what.times = x.met;
}

bool scripted_services::is_holding() const {
  return world_->holding > 0;
}

void scripted_services::tell(engine_event_kind kind, int container) {
  auto* x = world_->engine.find(container);
  engine_event event;
  event.kind = kind;
  if (x) {
    event.container_id = x->info.id;
    event.project = x->info.labels[label::project];
    event.stage = x->info.labels[label::stage];
  }
  for (const auto& y : world_->subscriptions)
    if (y.container_id.empty() || y.container_id == event.container_id)
      caf::anon_send(y.who, event);
}

const std::vector<std::string>& scripted_services::calls() const {
  return world_->calls;
}

size_t scripted_services::count(const std::string& call) const {
  return static_cast<size_t>(
    std::count_if(calls().begin(), calls().end(),
                  [&](const auto& x) { return x.starts_with(call); }));
}

} // namespace dw::test
