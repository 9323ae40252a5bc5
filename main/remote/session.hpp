#pragma once

#include "main/remote/answers.hpp"
#include "main/remote/requests.hpp"
#include "main/remote/server_address.hpp"
#include "main/work_source.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>

#include <memory>

namespace dw::remote {

/// What runs while a command asks a server: the counterpart of `dw::session`.
class session {
public:
  explicit session(server_address server);

  /// Ends all of it, in order. Work that was accepted goes on at the server.
  ~session();

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  caf::actor_system& system() noexcept {
    return *system_;
  }

  const work_source_actor& supervisor() const noexcept {
    return supervisor_;
  }

  const http_client_actor& http() const noexcept {
    return http_;
  }

  const server_address& server() const noexcept {
    return server_;
  }

  /// Makes a request and waits for the answer. @param parse One of
  /// `answers.hpp`.
  template <class T>
  caf::expected<T>
  ask(http_request request, caf::expected<T> (*parse)(const http_response&)) {
    caf::expected<T> result{caf::sec::runtime_error};
    caf::scoped_actor self{*system_};
    self
      ->request(http_, caf::infinite,
                requests::address(std::move(request), server_))
      .receive([&](const http_response& x) { result = parse(x); },
               [&](const caf::error& err) { result = explain(err); });
    return result;
  }

private:
  server_address server_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  http_client_actor http_;
  work_source_actor supervisor_;
};

} // namespace dw::remote
