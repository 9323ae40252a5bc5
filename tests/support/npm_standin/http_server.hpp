#pragma once

#include "tests/support/npm_standin/http_types.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace npm_standin {

/// An HTTP/1.1 server with a thread per connection, on IPv4. Idle connections
/// are closed after 5 s, as the real backend does. What is no HTTP gets a 400
/// and a closed connection.
class http_server {
public:
  /// Runs on the connection's thread. What it throws becomes a 500.
  using handler = std::function<reply(const request&)>;

  /// Listens, but serves nothing yet.
  /// @param port Zero for any free one.
  /// @throws boost::system::system_error if the address cannot be used.
  http_server(const std::string& address, std::uint16_t port, handler serve);

  /// Calls stop().
  ~http_server();

  std::uint16_t port() const;

  void start();

  /// Closes all connections and waits for the handlers to return.
  void stop();

private:
  class implementation;

  std::unique_ptr<implementation> implementation_;
};

} // namespace npm_standin
