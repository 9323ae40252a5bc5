#pragma once

#include "bench/peers/floor/http_loop.hpp"
#include "bench/peers/floor/task.hpp"
#include "bench/peers/floor/turn.hpp"
#include "bench/peers/floor/wire.hpp"

#include <coroutine>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dw::peer {

/// One Docker engine: its network, and who waits for its events.
class engine {
public:
  /// @param url "unix:///PATH" or "http://HOST:PORT".
  engine(http_loop& loop, const std::string& url, const std::string& network);
  ~engine();

  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  /// Pings, and subscribes to events.
  task<void> connect(exchange& x);

  task<void> pull(exchange& x, const deploy_data& what);

  /// @returns the network's id.
  task<std::string> ensure_network(exchange& x);

  /// @returns the ids of the stage's containers that run.
  task<std::vector<std::string>> running(exchange& x, const deploy_data& what);

  /// @returns the container's id.
  task<std::string>
  create(exchange& x, const deploy_data& what, const std::string& network);

  /// @returns the host port once the container is healthy.
  task<std::string> start(exchange& x, const std::string& id);

  task<void> stop(exchange& x, const std::string& id);

  task<void> remove(exchange& x, const std::string& id);

private:
  // A container whose events matter. One that comes before anybody waits is
  // remembered.
  struct followed {
    std::coroutine_handle<> waiting;
    bool has_event = false;
  };

  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  task<std::string>
  wait_until_healthy(exchange& x, const std::string& id, followed& events);
  void on_events(std::string_view bytes);
  void on_event(std::string_view line);

  static size_t on_header(char*, size_t, size_t, void*) noexcept;
  static size_t on_bytes(char*, size_t, size_t, void*) noexcept;

  http_loop& loop_;
  origin origin_;
  exchange stream_;
  std::coroutine_handle<> subscriber_;
  std::string partial_line_;
  std::unordered_map<std::string, followed, text_hash, std::equal_to<>>
    followed_;
  std::string network_query_;
  std::string network_body_;
  turn network_turn_;
  std::string new_network_;
};

} // namespace dw::peer
