#include "actors/container_manager.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "actors/instance_list.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_services.hpp"
#include "transports/text.hpp"

#include <spdlog/spdlog.h>

#include <type_traits>

namespace dw {

namespace {

using self_pointer
  = container_manager_impl::stateful_pointer<container_manager_state>;
using log_reader = container_manager_state::log_reader;

// How much of a log is collected for one answer.
constexpr size_t max_collected = 32 * 1024 * 1024;

constexpr auto reading = "read the log of container";

// -- one call at a time per container -----------------------------------------

// Makes an exchange once no other call on `key` is in progress.
template <class T, class Parse>
caf::result<T>
in_lane(self_pointer self, const std::string& key, const call& options,
        caf::expected<http_request> request, Parse parse) {
  if (!request)
    return std::move(request.error());
  auto x = begin_call<T>(self, options, request->operation, request->object);
  self->state.containers.enter(key, [self, key, x, request, parse] {
    exchange(self, x, *request, parse,
             [self, key] { self->state.containers.leave(key); });
  });
  return caf::delegated<T>{};
}

caf::result<done>
modify(self_pointer self, const std::string& id, const call& options,
       caf::expected<http_request> request) {
  return in_lane<done>(self, id, options, std::move(request),
                       as_done(docker::check_done));
}

// The same for calls that start a container, which are admitted in turn.
caf::result<done>
start(self_pointer self, const std::string& id, const call& options,
      caf::expected<http_request> request) {
  if (!request)
    return std::move(request.error());
  auto x = begin_call<done>(self, options, request->operation, request->object);
  auto leave = [self, id] {
    self->state.starts.leave();
    self->state.containers.leave(id);
  };
  auto run = [self, x, request, leave] {
    exchange(self, x, *request, as_done(docker::check_done), leave);
  };
  self->state.containers.enter(id,
                               [self, run] { self->state.starts.enter(run); });
  return caf::delegated<done>{};
}

// The same for a removal, which is done only when the container's name is free:
// one that is removed by somebody else is waited for.
caf::result<done> remove(self_pointer self, const remove_container& what) {
  auto request = docker::remove_container(what.id, what.force);
  auto removal = docker::await_removal(what.id);
  if (!request || !removal)
    return std::move(request ? removal.error() : request.error());
  auto x = begin_call<done>(self, what.options, request->operation, what.id);
  auto leave = [self, id = what.id] { self->state.containers.leave(id); };
  auto then = [self, x, removal, leave](const http_response& response) {
    if (docker::is_being_removed(response)) {
      exchange(self, x, *removal, as_done(docker::check_done), leave);
      return;
    }
    settle_exchange(self, x, as_done(docker::check_done)(response));
    leave();
  };
  self->state.containers.enter(what.id, [self, x, request, then, leave] {
    ask_engine(self, x, *request, then, leave);
  });
  return caf::delegated<done>{};
}

// -- lists --------------------------------------------------------------------

using container_list = std::vector<container_summary>;

// They are told of once: lists are asked for all the time.
void tell_of_strangers(self_pointer self, const container_list& strangers) {
  constexpr size_t most_known = 1'000;
  auto& known = self->state.strangers;
  for (const auto& x : strangers) {
    if (known.size() >= most_known)
      known.clear();
    if (known.insert(x.id).second)
      spdlog::warn(
        "container {} ({}) has the labels of {}/{}, but no name that "
        "docker-watcher gives: it is left alone",
        x.name, x.id.substr(0, 12), clean_text(x.project, 64),
        clean_text(x.stage, 64));
  }
}

container_list only_ours(self_pointer self, container_list containers) {
  auto split = split_ours(std::move(containers));
  tell_of_strangers(self, split.strangers);
  return std::move(split.ours);
}

// Puts services in the place of their containers.
void list_services(self_pointer self, const open_call<container_list>& x,
                   const list_containers& what, container_list containers) {
  exchange(
    self, x, docker::list_services(what.labels),
    [what, containers = std::move(containers)](
      const http_response& response) -> caf::expected<container_list> {
      auto services = docker::parse_service_list(response, what.labels);
      if (!services)
        return std::move(services.error());
      return fold_services(containers, *services);
    },
    [] {});
}

// Engines that no swarm uses are not asked for services.
caf::result<container_list>
list(self_pointer self, const list_containers& what) {
  auto request = docker::list_containers(what.labels);
  auto x = begin_call<container_list>(self, what.options, request.operation,
                                      request.object);
  ask_engine(
    self, x, std::move(request),
    [self, x, what](const http_response& response) {
      auto found = docker::parse_container_list(response, what.labels);
      if (found && asks_for_stages(what))
        found = only_ours(self, std::move(*found));
      if (found && (what.services || has_service(*found)))
        list_services(self, x, what, std::move(*found));
      else
        settle_exchange(self, x, std::move(found));
    },
    [] {});
  return caf::delegated<container_list>{};
}

// -- logs ---------------------------------------------------------------------

void take_lines(self_pointer self, log_reader& reader,
                std::vector<log_line> lines) {
  for (auto& line : lines) {
    if (reader.listener) {
      self->send(reader.listener, std::move(line));
      continue;
    }
    reader.bytes += sizeof(line) + line.text.size();
    reader.lines.push_back(std::move(line));
  }
  if (reader.bytes > max_collected)
    reader.failed = make_failure(errc::too_large,
                                 {.operation = reading,
                                  .object = reader.container,
                                  .reply = "the log is too long for one answer",
                                  .hint = "Ask for its last lines only."});
}

void on_log_chunk(self_pointer self, const body_chunk& chunk) {
  self->send(self->state.engine, consumed{chunk.ticket, chunk.bytes.size()});
  auto i = self->state.logs.find(chunk.ticket);
  if (i == self->state.logs.end() || i->second.failed)
    return;
  auto& reader = i->second;
  if (chunk.status != 200) {
    keep_error(reader.error_body, chunk);
    return;
  }
  if (auto lines = reader.decoder.feed(chunk.bytes))
    take_lines(self, reader, std::move(*lines));
  else
    reader.failed = std::move(lines.error());
  if (reader.failed)
    self->send(self->state.engine, cancel{chunk.ticket});
}

// The clean end of a stream; its answer tells whether it was a log.
caf::error
finish_log(self_pointer self, log_reader& reader, http_response& response) {
  if (response.status != 200) {
    response.body = std::move(reader.error_body);
    return docker::to_error(response);
  }
  if (!reader.failed)
    take_lines(self, reader, reader.decoder.finish());
  return reader.failed;
}

template <class T>
void answer(self_pointer self, const open_call<T>& x, log_reader& reader,
            caf::error err) {
  if (err)
    settle_call(self, x, std::move(err));
  else if constexpr (std::is_same_v<T, done>)
    settle_call(self, x, done{});
  else
    settle_call(self, x, std::move(reader.lines));
}

// Streams a log through our own decoder; whether the container has a terminal
// decides how it is framed.
template <class T>
void stream_log(self_pointer self, const open_call<T>& x, const read_logs& what,
                bool tty, const log_listener_actor& listener) {
  auto request = docker::logs(what.id, what.tail, what.follow, what.timestamps);
  if (!request) {
    settle_call(self, x, std::move(request.error()));
    return;
  }
  if (!claim(self, x, *request))
    return;
  self->state.logs.emplace(
    x.number, log_reader{what.id, docker::log_decoder{tty, what.options.ticket},
                         listener});
  self
    ->request(self->state.engine, caf::infinite, std::move(*request),
              body_consumer_actor{self})
    .then(
      [self, x](http_response& response) {
        auto node = self->state.logs.extract(x.number);
        auto err = finish_log(self, node.mapped(), response);
        answer(self, x, node.mapped(), std::move(err));
      },
      [self, x](caf::error& err) {
        auto node = self->state.logs.extract(x.number);
        // A decoder that failed ended the stream: its reason is the better.
        auto& failed = node.mapped().failed;
        answer(self, x, node.mapped(), failed ? failed : err);
      });
}

// Ours never have a terminal.
template <class T>
caf::result<T> start_service_log(self_pointer self, const read_logs& what,
                                 const log_listener_actor& listener) {
  auto x
    = begin_call<T>(self, what.options, reading, what.id, listener.address());
  stream_log(self, x, what, false, listener);
  return caf::delegated<T>{};
}

// Reads a log after asking whether the container has a terminal.
template <class T>
caf::result<T> start_log(self_pointer self, const read_logs& what,
                         const log_listener_actor& listener) {
  if (is_swarm_id(what.id))
    return start_service_log<T>(self, what, listener);
  auto request = docker::inspect_container(what.id);
  if (!request)
    return std::move(request.error());
  auto x
    = begin_call<T>(self, what.options, reading, what.id, listener.address());
  ask_engine(
    self, x, std::move(*request),
    [self, x, what, listener](const http_response& response) {
      auto info = docker::parse_container(response);
      if (info)
        stream_log(self, x, what, info->tty, listener);
      else
        settle_exchange<T>(self, x, std::move(info.error()));
    },
    [] {});
  return caf::delegated<T>{};
}

} // namespace

container_manager_impl::behavior_type
container_manager(self_pointer self, engine_gateway_actor engine,
                  size_t parallel_starts) {
  harden(self);
  self->state.engine = std::move(engine);
  self->state.starts = admission{parallel_starts};
  self->set_down_handler(
    [self](const caf::down_msg& msg) { on_party_down(self, msg.source); });
  return {
    // -- calls that change a container ----------------------------------------
    [self](create_container& x) {
      return in_lane<container_created>(self, x.spec.name, x.options,
                                        docker::create_container(x.spec),
                                        docker::parse_container_created);
    },
    [self](const start_container& x) {
      return start(self, x.id, x.options, docker::start_container(x.id));
    },
    [self](const stop_container& x) {
      return modify(self, x.id, x.options,
                    docker::stop_container(x.id, x.grace));
    },
    [self](const restart_container& x) {
      return start(self, x.id, x.options,
                   docker::restart_container(x.id, x.grace));
    },
    [self](const remove_container& x) { return remove(self, x); },
    [self](const rename_container& x) {
      return modify(self, x.id, x.options,
                    docker::rename_container(x.id, x.name));
    },
    [self](const set_restart_policy& x) {
      return modify(self, x.id, x.options,
                    docker::set_restart_policy(x.id, x.policy));
    },
    // -- calls that read ------------------------------------------------------
    [self](const inspect_container& x) {
      return exchange<container_info>(self, x.options,
                                      docker::inspect_container(x.id),
                                      docker::parse_container);
    },
    [self](const inspect_port& x) {
      return exchange<port_binding>(
        self, x.options, docker::inspect_container(x.id),
        [port = x.container_port](
          const http_response& response) -> caf::expected<port_binding> {
          auto info = docker::parse_container(response);
          if (!info)
            return std::move(info.error());
          return docker::find_port(*info, port);
        });
    },
    [self](const list_containers& x) { return list(self, x); },
    [self](const wait_container& x) {
      return exchange<container_exit>(self, x.options,
                                      docker::wait_container(x.id),
                                      docker::parse_container_exit);
    },
    [self](const read_logs& x) -> caf::result<std::vector<log_line>> {
      if (x.follow)
        return make_failure(errc::invalid_argument,
                            {.operation = reading,
                             .object = x.id,
                             .reply = "a log is followed by a listener"});
      return start_log<std::vector<log_line>>(self, x, {});
    },
    [self](const read_logs& x, const log_listener_actor& listener) {
      return start_log<done>(self, x, listener);
    },
    [self](const cancel& x) { on_cancel(self, x); },
    [self](const body_chunk& chunk) { on_log_chunk(self, chunk); },
  };
}

} // namespace dw
