#include "actors/image_puller.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "transports/docker_api.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>

namespace dw {

namespace {

using self_pointer = image_puller_impl::stateful_pointer<image_puller_state>;
using pull_state = image_puller_state::pull;

// How much of an answer that is no pull is kept for the error.
constexpr size_t max_error_body = 64 * 1024;

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
  for (auto& x : node.mapped().waiters) {
    if (result)
      x.owed.settle(*result);
    else
      x.owed.settle(result.error());
  }
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
  auto limit = patience(*request);
  step<http_response>(self, id, self->state.engine, limit, std::move(*request),
                      [self, id](pull_state&, http_response& response) {
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
  if (i != self->state.pulls.end())
    finish(self, id, i->second.failed ? i->second.failed : std::move(err));
}

void stream(self_pointer self, uint64_t id, pull_state& pull,
            const caf::optional<registry_credentials>& credentials) {
  auto request
    = docker::pull(pull.what.reference, pull.what.platform, credentials);
  if (!request) {
    finish(self, id, std::move(request.error()));
    return;
  }
  pull.ticket = self->state.calls.open(nullptr, 0);
  request->ticket = pull.ticket;
  if (pull.what.options.timeout.count() > 0)
    request->deadlines.total = pull.what.options.timeout;
  auto limit = patience(*request);
  self
    ->request(self->state.engine, limit, std::move(*request),
              body_consumer_actor{self})
    .then(
      [self, id](http_response& response) {
        on_stream_end(self, id, response);
      },
      [self, id](caf::error& err) { on_stream_failure(self, id, err); });
}

void begin(self_pointer self, uint64_t id) {
  auto& pull = self->state.pulls.at(id);
  if (pull.what.credentials) {
    stream(self, id, pull, pull.what.credentials);
    return;
  }
  auto reference = parse_image_reference(pull.what.reference);
  if (!reference) {
    finish(self, id, std::move(reference.error()));
    return;
  }
  step<found_credentials>(self, id, self->state.credentials,
                          caf::duration{credentials_patience},
                          find_credentials{{}, reference->registry},
                          [self, id](pull_state& x, found_credentials& found) {
                            stream(self, id, x, found.credentials);
                          });
}

// -- who waits ----------------------------------------------------------------

caf::result<image_info> join(self_pointer self, const pull_image& what,
                             pull_listener_actor listener) {
  auto& st = self->state;
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  if (asker)
    self->monitor(asker);
  auto promise = self->make_response_promise<image_info>();
  image_puller_state::waiter waiter{asker, what.options.ticket,
                                    obligation{promise}, std::move(listener)};
  auto is_this = [&](const auto& x) { return is_same(x.second.what, what); };
  auto i = std::find_if(st.pulls.begin(), st.pulls.end(), is_this);
  if (i != st.pulls.end()) {
    i->second.waiters.emplace_back(std::move(waiter));
    return promise;
  }
  auto id = ++st.last_pull;
  auto& pull
    = st.pulls
        .emplace(id, pull_state{what, {}, docker::pull_decoder{what.reference},
                                caf::none, {}, 0})
        .first->second;
  pull.waiters.emplace_back(std::move(waiter));
  begin(self, id);
  return promise;
}

// Drops those waiters for whom `is_gone` holds, and the pulls that nobody is
// left to wait for.
template <class Predicate>
void drop_waiters(self_pointer self, Predicate is_gone) {
  auto& pulls = self->state.pulls;
  for (auto i = pulls.begin(); i != pulls.end();) {
    auto& pull = i->second;
    for (auto& x : pull.waiters)
      if (is_gone(x))
        x.owed.settle(make_failure(errc::cancelled,
                                   {.operation = "pull image",
                                    .object = pull.what.reference,
                                    .reply = "cancelled"}));
    std::erase_if(pull.waiters, is_gone);
    if (!pull.waiters.empty()) {
      ++i;
      continue;
    }
    if (pull.ticket != 0)
      self->send(self->state.engine, cancel{pull.ticket});
    i = pulls.erase(i);
  }
}

// -- the stream ---------------------------------------------------------------

void tell_progress(self_pointer self, const pull_state& pull) {
  for (const auto& x : pull.waiters)
    if (x.listener)
      self->send(x.listener, pull.decoder.progress());
}

void on_chunk(self_pointer self, const body_chunk& chunk) {
  self->send(self->state.engine, consumed{chunk.ticket, chunk.bytes.size()});
  auto& pulls = self->state.pulls;
  auto i = std::find_if(pulls.begin(), pulls.end(), [&](const auto& x) {
    return x.second.ticket == chunk.ticket;
  });
  if (i == pulls.end() || i->second.failed)
    return;
  auto& pull = i->second;
  if (chunk.status != 200) {
    if (pull.error_body.size() < max_error_body)
      pull.error_body += chunk.bytes;
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
    drop_waiters(self, [&](const auto& x) { return x.asker == msg.source; });
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
    [self](const cancel& x) {
      auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
      if (auto number
          = self->state.calls.cancel(self->current_sender(), x.ticket))
        self->send(self->state.engine, cancel{*number});
      else
        drop_waiters(self, [&](const auto& y) {
          return y.asker == asker && y.ticket == x.ticket;
        });
    },
    [self](const body_chunk& chunk) { on_chunk(self, chunk); },
  };
}

} // namespace dw
