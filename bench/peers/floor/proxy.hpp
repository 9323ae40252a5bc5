#pragma once

#include "bench/peers/floor/http_loop.hpp"
#include "bench/peers/floor/task.hpp"
#include "bench/peers/floor/turn.hpp"
#include "bench/peers/floor/wire.hpp"

#include <memory>
#include <string>

namespace dw::peer {

/// One Nginx Proxy Manager, and its visitors' side.
class proxy {
public:
  proxy(http_loop& loop, const std::string& npm, const std::string& traffic);
  ~proxy();

  proxy(const proxy&) = delete;
  proxy& operator=(const proxy&) = delete;

  task<void>
  login(exchange& x, const std::string& identity, const std::string& password);

  /// @returns the id of the domain's host; empty if there is none.
  task<std::string> find(exchange& x, const deploy_data& what);

  /// Points the domain to a port, by `host`, or by a new one if it is empty.
  task<void> route(exchange& x, const deploy_data& what,
                   const std::string& host, const std::string& port);

  /// Visits the domain until the new instance answers.
  task<void> verify(exchange& x, const deploy_data& what);

private:
  task<std::string>
  create(exchange& x, const deploy_data& what, const std::string& port);

  task<void> update(exchange& x, const deploy_data& what,
                    const std::string& host, const std::string& port);

  http_loop& loop_;
  origin api_;
  origin traffic_;
  // One mutation at a time.
  turn mutation_;
};

} // namespace dw::peer
