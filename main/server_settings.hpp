#pragma once

#include "main/logging.hpp"
#include "transports/http_server.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dw {

/// What `docker-watcher serve` is told.
struct server_settings {
  /// As `parse_listener` takes them.
  std::vector<std::string> listen{"unix:///run/docker-watcher.sock"};
  /// PEM files for TCP; both or none.
  std::string certificate;
  std::string key;
  /// Pieces of work that the history keeps of each stage.
  uint32_t history = 50;
  /// Whether images that nothing needs any more are removed from the engine.
  bool prune_images = false;
  /// Between two checks of all stages when nothing happens.
  std::chrono::milliseconds drift_interval{300'000};
  /// How long work that runs may go on after a signal to stop.
  std::chrono::milliseconds grace{10'000};
  log_settings log;

  friend bool operator==(const server_settings&, const server_settings&)
    = default;
};

/// "unix:///PATH", or "tcp://IP:PORT".
/// @param why Where there is no result: what is wrong.
std::optional<server_listener>
parse_listener(const std::string& text, std::string& why);

/// Whether others than this machine can connect.
bool is_open_to_the_world(const server_listener& x);

} // namespace dw
