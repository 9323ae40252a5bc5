#pragma once

#include "tests/faults/exchange_name.hpp"
#include "tests/faults/fault.hpp"
#include "tests/support/scripted_server.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dw::faults {

/// What is to happen, where, and how.
struct planned_fault {
  exchange_id at;
  fault what;
  /// Whether the server does what it was asked for, where the fault leaves that
  /// open.
  bool is_done = false;
  /// Of an answer that is made up.
  int status = 0;
  /// For faults of others than the connection: makes them happen.
  std::function<void()> cause = {};
};

/// Stands between the clients of an HTTP server and the server, counts their
/// exchanges, and spoils one of them. All members are thread-safe.
class fault_proxy {
public:
  /// @param target "unix:///PATH" or "http://127.0.0.1:PORT", with or without a
  ///        path behind it.
  /// @param socket Where it listens; empty for a port of its own.
  /// @throws std::system_error
  explicit fault_proxy(const std::string& target, std::string socket = {});

  /// Cuts all connections.
  ~fault_proxy();

  fault_proxy(const fault_proxy&) = delete;
  fault_proxy& operator=(const fault_proxy&) = delete;

  /// "unix:///PATH" or "http://127.0.0.1:PORT".
  std::string url() const;

  /// Counts from the beginning, and has a fault happen.
  void begin(planned_fault x);

  /// Ends what lasts, and waits until what was caused has happened.
  void heal();

  bool has_happened() const;

  /// The exchanges since the beginning, in order.
  std::vector<exchange_id> seen() const;

  // -- for sessions -----------------------------------------------------------

  /// @returns a connection with the server; negative if there is none.
  int connect_to_target() const;

  /// Counts an exchange. @returns what is to happen to it.
  planned_fault take(const std::string& name);

  /// Makes a fault of others than the connection happen.
  void cause(const planned_fault& x);

  /// Accepts nobody for a while, or until it is healed.
  void close_doors(bool lasts);

  /// Waits until a client has gone, or it is healed.
  void hold(int client) const;

private:
  void open();
  void accept_all();

  const std::string target_path_;
  uint16_t target_port_ = 0;
  const std::string socket_;
  uint16_t port_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All guarded by mutex_.
  int listener_ = -1;
  std::chrono::steady_clock::time_point closed_until_{};
  planned_fault plan_;
  bool has_happened_ = false;
  bool is_healed_ = false;
  bool lasts_ = false;
  bool has_stopped_ = false;
  int causing_ = 0;
  std::map<std::string, int> counts_;
  std::vector<exchange_id> seen_;
  std::vector<std::thread> threads_;

  test::open_sockets sockets_;
  std::thread acceptor_;
};

} // namespace dw::faults
