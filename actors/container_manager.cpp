#include "actors/container_manager.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "transports/docker_api.hpp"

#include <caf/send.hpp>

#include <functional>

namespace dw {

namespace {

using self_pointer
  = container_manager_impl::stateful_pointer<container_manager_state>;

// How much of an answer that is no log is kept for the error.
constexpr size_t max_error_body = 64 * 1024;

// -- one call at a time per container -----------------------------------------

// Makes an exchange once no other call on `key` is in progress.
template <class T, class Parse>
caf::result<T> in_lane(self_pointer self, const std::string& key,
                       const call& options,
                       caf::expected<http_request> request, Parse parse) {
  auto number
    = self->state.calls.open(self->current_sender(), options.ticket);
  auto promise = self->make_response_promise<T>();
  auto owed = std::make_shared<obligation<T>>(promise);
  self->state.containers.enter(
    key, [self, key, owed, number, options, request, parse] {
      exchange(self, owed, number, options, request, parse,
               [self, key] { self->state.containers.leave(key); });
    });
  return promise;
}

// The same for calls that start a container, which take their turn.
caf::result<done> start_in_lane(self_pointer self, const std::string& key,
                                const call& options,
                                caf::expected<http_request> request) {
  auto number
    = self->state.calls.open(self->current_sender(), options.ticket);
  auto promise = self->make_response_promise<done>();
  auto owed = std::make_shared<obligation<done>>(promise);
  auto leave = [self, key] {
    self->state.starts.leave();
    self->state.containers.leave(key);
  };
  auto run = [self, owed, number, options, request, leave] {
    exchange(self, owed, number, options, request,
             as_done(docker::check_done), leave);
  };
  self->state.containers.enter(
    key, [self, run] { self->state.starts.enter(run); });
  return promise;
}

caf::result<done> modify(self_pointer self, const std::string& id,
                         const call& options,
                         caf::expected<http_request> request) {
  return in_lane<done>(self, id, options, std::move(request),
                       as_done(docker::check_done));
}

// -- logs ---------------------------------------------------------------------

// Reads the end of a log stream; the answer tells whether it was one.
caf::expected<std::vector<log_line>>
finish_logs(container_manager_state::log_reader& reader,
            http_response& response) {
  if (response.status != 200) {
    response.body = std::move(reader.error_body);
    return docker::to_error(response);
  }
  if (reader.failed)
    return reader.failed;
  auto last = reader.decoder.finish();
  reader.lines.insert(reader.lines.end(), last.begin(), last.end());
  return std::move(reader.lines);
}

void send_lines(self_pointer self, container_manager_state::log_reader& reader,
                std::vector<log_line>& lines) {
  if (!reader.listener) {
    reader.lines.insert(reader.lines.end(), lines.begin(), lines.end());
    return;
  }
  for (auto& line : lines)
    self->send(reader.listener, std::move(line));
}

// Streams a log through our own decoder; whether the container has a terminal
// decides how it is framed.
template <class T, class Finish>
void stream_logs(self_pointer self, std::shared_ptr<obligation<T>> owed,
                 uint64_t number, const read_logs& what, bool tty,
                 log_listener_actor listener, Finish finish) {
  auto request = docker::logs(what.id, what.tail, what.follow, what.timestamps);
  if (!request) {
    self->state.calls.close(number);
    owed->settle(std::move(request.error()));
    return;
  }
  request->ticket = number;
  if (what.options.timeout.count() > 0)
    request->deadlines.total = what.options.timeout;
  self->state.logs.emplace(
    number, container_manager_state::log_reader{
              docker::log_decoder{tty, what.options.ticket},
              std::move(listener), {}, {}, caf::none});
  auto limit = patience(*request);
  self
    ->request(self->state.engine, limit, std::move(*request),
              body_consumer_actor{self})
    .then(
      [self, owed, number, finish](http_response& response) {
        self->state.calls.close(number);
        auto node = self->state.logs.extract(number);
        auto lines = finish_logs(node.mapped(), response);
        if (lines)
          owed->settle(finish(node.mapped(), *lines));
        else
          owed->settle(std::move(lines.error()));
      },
      [self, owed, number](caf::error& err) {
        self->state.calls.close(number);
        auto node = self->state.logs.extract(number);
        // A decoder that failed cancelled the stream: its reason is the better.
        owed->settle(node.mapped().failed ? node.mapped().failed : err);
      });
}

// Reads a log after asking whether the container has a terminal.
template <class T, class Finish>
caf::result<T> start_logs(self_pointer self, const read_logs& what,
                          log_listener_actor listener, Finish finish) {
  auto request = docker::inspect_container(what.id);
  if (!request)
    return std::move(request.error());
  auto number
    = self->state.calls.open(self->current_sender(), what.options.ticket);
  auto promise = self->make_response_promise<T>();
  auto owed = std::make_shared<obligation<T>>(promise);
  request->ticket = number;
  auto fail = [self, owed, number](caf::error& err) {
    self->state.calls.close(number);
    owed->settle(std::move(err));
  };
  auto limit = patience(*request);
  self->request(self->state.engine, limit, std::move(*request))
    .then(
      [self, owed, number, what, listener, finish,
       fail](const http_response& response) {
        auto info = docker::parse_container(response);
        if (!info)
          return fail(info.error());
        stream_logs(self, owed, number, what, info->tty, listener, finish);
      },
      fail);
  return promise;
}

// Nobody reads the log any more.
void on_listener_down(self_pointer self, const caf::actor_addr& listener) {
  for (auto& [number, reader] : self->state.logs)
    if (reader.listener.address() == listener)
      self->send(self->state.engine, cancel{number});
}

void on_log_chunk(self_pointer self, const body_chunk& chunk) {
  self->send(self->state.engine,
             consumed{chunk.ticket, chunk.bytes.size()});
  auto i = self->state.logs.find(chunk.ticket);
  if (i == self->state.logs.end() || i->second.failed)
    return;
  auto& reader = i->second;
  if (chunk.status != 200) {
    if (reader.error_body.size() < max_error_body)
      reader.error_body += chunk.bytes;
    return;
  }
  auto lines = reader.decoder.feed(chunk.bytes);
  if (lines) {
    send_lines(self, reader, *lines);
  } else {
    reader.failed = std::move(lines.error());
    self->send(self->state.engine, cancel{chunk.ticket});
  }
}

} // namespace

container_manager_impl::behavior_type
container_manager(self_pointer self, engine_gateway_actor engine,
                  size_t parallel_starts) {
  harden(self);
  self->state.engine = std::move(engine);
  self->state.starts = admission{parallel_starts};
  self->set_down_handler([self](const caf::down_msg& msg) {
    on_listener_down(self, msg.source);
  });
  return {
    // -- calls that change a container ----------------------------------------
    [self](create_container& x) {
      return in_lane<container_created>(self, x.spec.name, x.options,
                                        docker::create_container(x.spec),
                                        docker::parse_container_created);
    },
    [self](const start_container& x) {
      return start_in_lane(self, x.id, x.options,
                           docker::start_container(x.id));
    },
    [self](const stop_container& x) {
      return modify(self, x.id, x.options,
                    docker::stop_container(x.id, x.grace));
    },
    [self](const restart_container& x) {
      return start_in_lane(self, x.id, x.options,
                           docker::restart_container(x.id, x.grace));
    },
    [self](const remove_container& x) {
      return modify(self, x.id, x.options,
                    docker::remove_container(x.id, x.force));
    },
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
    [self](const list_containers& x) {
      return exchange<std::vector<container_summary>>(
        self, x.options, docker::list_containers(x.labels),
        [labels = x.labels](const http_response& response) {
          return docker::parse_container_list(response, labels);
        });
    },
    [self](const wait_container& x) {
      return exchange<container_exit>(self, x.options,
                                      docker::wait_container(x.id),
                                      docker::parse_container_exit);
    },
    [self](const read_logs& x) {
      return start_logs<std::vector<log_line>>(
        self, x, {},
        [](auto&, std::vector<log_line>& lines) { return std::move(lines); });
    },
    [self](const read_logs& x, const log_listener_actor& listener) {
      self->monitor(listener);
      return start_logs<done>(self, x, listener,
                              [self](auto& reader, auto& lines) {
                                send_lines(self, reader, lines);
                                return done{};
                              });
    },
    [self](const cancel& x) {
      if (auto number = self->state.calls.cancel(self->current_sender(), x.ticket))
        self->send(self->state.engine, cancel{*number});
    },
    [self](const body_chunk& chunk) { on_log_chunk(self, chunk); },
  };
}

} // namespace dw
