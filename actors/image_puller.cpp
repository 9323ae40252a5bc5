#include "actors/image_puller.hpp"

#include "actors/harden.hpp"
#include "transports/docker_api.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>

namespace dw {

namespace {

using self_pointer = image_puller_impl::stateful_pointer<image_puller_state>;
using pull_state = image_puller_state::pull;

// How long a helper program for credentials may take.
constexpr auto credentials_patience = std::chrono::seconds{60};

bool is_same(const pull_image& x, const pull_image& y) {
  return x.reference == y.reference && x.platform == y.platform
         && x.credentials == y.credentials;
}

void finish(self_pointer self, uint64_t id,
            const caf::expected<image_info>& result) {
  auto node = self->state.pulls.extract(id);
  if (node.empty())
    return;
  if (!result)
    note_failure(self, result.error());
  for (auto& x : node.mapped().waiters)
    settle_call(self, x.call, result);
}

// A step of a pull, as a request to another actor; `then` gets the pull, which
// may be gone by now.
template <class T, class Handle, class Request, class Then>
void step(self_pointer self, uint64_t id, const Handle& whom,
          caf::duration limit, Request request, Then then) {
  self->request(whom, limit, std::move(request))
    .then(
      [self, id, then](T& result) {
        auto i = self->state.pulls.find(id);
        if (i != self->state.pulls.end())
          then(i->second, result);
      },
      [self, id](caf::error& err) { finish(self, id, std::move(err)); });
}

// -- the way of a pull: credentials, stream, inspection -----------------------

// The proof of a pull is not the stream's last words but the image.
void verify(self_pointer self, uint64_t id, const pull_state& pull) {
  auto request = docker::inspect_image(pull.what.reference);
  if (!request) {
    finish(self, id, std::move(request.error()));
    return;
  }
  // The exchange of the stream has ended and leaves its ticket.
  request->ticket = id;
  step<http_response>(self, id, self->state.engine, caf::infinite,
                      std::move(*request),
                      [self, id](pull_state&, const http_response& response) {
                        finish(self, id, docker::parse_image(response));
                      });
}

void on_stream_end(self_pointer self, uint64_t id, http_response& response) {
  auto i = self->state.pulls.find(id);
  if (i == self->state.pulls.end())
    return;
  auto& pull = i->second;
  if (response.status != 200) {
    response.body = std::move(pull.error_body);
    finish(self, id, docker::to_error(response));
  } else if (auto err = pull.failed ? pull.failed : pull.decoder.finish()) {
    finish(self, id, std::move(err));
  } else {
    verify(self, id, pull);
  }
}

void on_stream_failure(self_pointer self, uint64_t id, caf::error& err) {
  auto i = self->state.pulls.find(id);
  if (i == self->state.pulls.end())
    return;
  // A decoder that failed ended the stream: its reason is the better.
  finish(self, id, i->second.failed ? i->second.failed : err);
}

void stream(self_pointer self, uint64_t id, const pull_image& what,
            const caf::optional<registry_credentials>& credentials) {
  auto request = docker::pull(what.reference, what.platform, credentials);
  if (!request) {
    finish(self, id, std::move(request.error()));
    return;
  }
  request->ticket = id;
  self
    ->request(self->state.engine, caf::infinite, std::move(*request),
              body_consumer_actor{self})
    .then([self,
           id](http_response& response) { on_stream_end(self, id, response); },
          [self, id](caf::error& err) { on_stream_failure(self, id, err); });
}

void begin(self_pointer self, uint64_t id, const pull_image& what) {
  if (what.credentials) {
    stream(self, id, what, what.credentials);
    return;
  }
  auto reference = parse_image_reference(what.reference);
  if (!reference) {
    finish(self, id, std::move(reference.error()));
    return;
  }
  step<found_credentials>(self, id, self->state.credentials,
                          caf::duration{credentials_patience},
                          find_credentials{{}, reference->registry},
                          [self, id](pull_state& x, found_credentials& found) {
                            stream(self, id, x.what, found.credentials);
                          });
}

// -- who waits ----------------------------------------------------------------

caf::result<image_info> join(self_pointer self, const pull_image& what,
                             const pull_listener_actor& listener) {
  auto& pulls = self->state.pulls;
  auto x
    = begin_call<image_info>(self, what.options, "pull image", what.reference);
  watch_deadline(self, x);
  auto i = std::find_if(pulls.begin(), pulls.end(), [&](const auto& y) {
    return is_same(y.second.what, what);
  });
  if (i != pulls.end()) {
    i->second.waiters.push_back({std::move(x), listener});
    return caf::delegated<image_info>{};
  }
  auto id = self->state.calls.next_number();
  auto& pull
    = pulls.emplace(id, pull_state{what, docker::pull_decoder{what.reference}})
        .first->second;
  pull.waiters.push_back({std::move(x), listener});
  begin(self, id, what);
  return caf::delegated<image_info>{};
}

// -- without a pull -----------------------------------------------------------

caf::result<found_digest> look_up(self_pointer self, const find_digest& what) {
  auto reference = parse_image_reference(what.reference);
  if (!reference)
    return std::move(reference.error());
  auto x = begin_call<found_digest>(self, what.options, "look up image",
                                    what.reference);
  watch_deadline(self, x);
  self
    ->request(self->state.credentials, caf::duration{credentials_patience},
              find_credentials{{}, reference->registry})
    .then(
      [self, x, what](const found_credentials& found) {
        auto request = docker::find_digest(what.reference, found.credentials);
        if (request)
          exchange(self, x, std::move(*request), docker::parse_digest, [] {});
        else
          settle_call(self, x, std::move(request.error()));
      },
      [self, x](caf::error& err) { settle_call(self, x, std::move(err)); });
  return caf::delegated<found_digest>{};
}

// Drops the pulls that nobody is left to wait for.
void drop_idle(self_pointer self) {
  auto& st = self->state;
  std::erase_if(st.pulls, [&](const auto& x) {
    const auto& waiters = x.second.waiters;
    auto is_idle
      = std::none_of(waiters.begin(), waiters.end(), [&](const auto& y) {
          return st.calls.is_open(y.call.number);
        });
    if (is_idle)
      self->send(st.engine, cancel{x.first});
    return is_idle;
  });
}

// -- the stream ---------------------------------------------------------------

void tell_progress(self_pointer self, const pull_state& pull) {
  for (const auto& x : pull.waiters)
    if (x.listener && self->state.calls.is_open(x.call.number))
      self->send(x.listener, pull.decoder.progress());
}

void on_chunk(self_pointer self, const body_chunk& chunk) {
  self->send(self->state.engine, consumed{chunk.ticket, chunk.bytes.size()});
  auto i = self->state.pulls.find(chunk.ticket);
  if (i == self->state.pulls.end() || i->second.failed)
    return;
  auto& pull = i->second;
  if (chunk.status != 200) {
    keep_error(pull.error_body, chunk);
    return;
  }
  auto before = pull.decoder.progress();
  pull.failed = pull.decoder.feed(chunk.bytes);
  if (pull.failed)
    self->send(self->state.engine, cancel{chunk.ticket});
  else if (!(before == pull.decoder.progress()))
    tell_progress(self, pull);
}

} // namespace

image_puller_impl::behavior_type
image_puller(self_pointer self, engine_gateway_actor engine,
             credential_store_actor credentials) {
  harden(self);
  self->state.engine = std::move(engine);
  self->state.credentials = std::move(credentials);
  self->set_down_handler([self](const caf::down_msg& msg) {
    on_party_down(self, msg.source);
    drop_idle(self);
  });
  return {
    [self](const pull_image& x) { return join(self, x, {}); },
    [self](const pull_image& x, const pull_listener_actor& listener) {
      return join(self, x, listener);
    },
    [self](const inspect_image& x) {
      return exchange<image_info>(self, x.options,
                                  docker::inspect_image(x.reference),
                                  docker::parse_image);
    },
    [self](const remove_image& x) {
      return exchange<done>(self, x.options, docker::remove_image(x.reference),
                            as_done(docker::check_done));
    },
    [self](const find_digest& x) { return look_up(self, x); },
    [self](const body_chunk& chunk) { on_chunk(self, chunk); },
    [self](const cancel& x) {
      on_cancel(self, x);
      drop_idle(self);
    },
    [self](caf::timeout_atom, uint64_t number) {
      give_up(self, number, errc::timed_out);
      drop_idle(self);
    },
  };
}

} // namespace dw
