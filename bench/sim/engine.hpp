#pragma once

#include "bench/sim/conditions.hpp"
#include "bench/sim/engine_events.hpp"
#include "bench/sim/engine_replies.hpp"
#include "bench/sim/http_server.hpp"

#include <bitset>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dw::sim {

/// Counts by name.
using counters = std::map<std::string, uint64_t, std::less<>>;

/// The ports of the host that all engines publish on.
class port_pool {
public:
  /// @returns 0 if none is free.
  uint16_t take();
  void give_back(uint16_t port);
  void reset();

private:
  std::bitset<65536> taken_;
  uint16_t next_ = 0;
};

/// What the engines of a process share.
struct engine_context {
  conditions& weather;
  port_pool ports;
  counters exchanges;
};

/// One simulated Docker engine.
class engine {
public:
  engine(engine_context& context, size_t number);

  /// Answers a request, perhaps later.
  void handle(const connection_ptr& to, const request& x);

  /// Back to the state at the start.
  void reset();

  /// Somebody else does something to a container: `start`, `stop`, `kill` (the
  /// app ends, and is started again if its restart policy says so) or
  /// `remove`. @returns false if there is no such container or deed.
  bool act(const std::string& id, std::string_view deed);

  /// The engine is restarted: its event streams break off, what has happened is
  /// forgotten, and containers that ran run again, unless their restart policy
  /// is `no`, with other ports.
  void restart();

  const std::unordered_map<std::string, std::unique_ptr<container>>&
  containers() const noexcept {
    return containers_;
  }

  size_t networks() const noexcept {
    return networks_.size();
  }

  size_t images() const noexcept {
    return images_.size();
  }

  size_t streams() const noexcept {
    return events_.size();
  }

private:
  using path = std::vector<std::string_view>;

  void
  handle_system(const connection_ptr& to, const request& x, const path& parts);
  void handle_containers(const connection_ptr& to, const request& x,
                         const path& parts);
  void handle_container(const connection_ptr& to, const request& x,
                        const path& parts, container& c);
  void
  handle_images(const connection_ptr& to, const request& x, const path& parts);
  void handle_networks(const connection_ptr& to, const request& x,
                       const path& parts);

  void list(const connection_ptr& to, const request& x);
  void create(const connection_ptr& to, const request& x);
  void start(const connection_ptr& to, container& c);
  /// @returns false if no port is free.
  bool run(container& c);
  void find_out_health(const std::string& id, uint64_t starts);
  void stop(const connection_ptr& to, container& c);
  void restart(const connection_ptr& to, container& c);
  void remove(const connection_ptr& to, const request& x, container& c);
  void rename(const connection_ptr& to, const request& x, container& c);
  void send_log(const connection_ptr& to, const request& x);
  void pull(const connection_ptr& to, const request& x);
  void send_pull(const connection_ptr& to, const std::string& reference,
                 size_t line, bool is_new);

  /// Makes a change after its latency, unless a fault comes between.
  void change(const connection_ptr& to, const char* kind, double latency,
              std::function<void()> make_and_reply);
  void read(const connection_ptr& to, int status, std::string body);
  void refuse(const connection_ptr& to, int status, std::string_view message);

  void count(const char* kind);
  container* find(std::string_view id_or_name);
  std::string network_name(const std::string& id) const;
  void tell(const std::string& action, const container& c,
            std::map<std::string, std::string> more = {});
  /// It does not run any more, which nobody is told.
  void halt(container& c);
  /// The same, and listeners are told.
  void end(container& c, int exit_code);
  void forget(container& c);

  engine_context& context_;
  const size_t number_;
  event_streams events_;
  std::unordered_map<std::string, std::unique_ptr<container>> containers_;
  std::unordered_map<std::string, container*> by_name_;
  /// By the values of the project's and stage's labels.
  std::map<std::pair<std::string, std::string>, std::vector<container*>>
    by_stage_;
  /// Id by name.
  std::map<std::string, std::string> networks_;
  /// "REPOSITORY:TAG".
  std::set<std::string> images_;
  uint64_t last_id_ = 0;
  /// In seconds. No two containers have the same, for their age is their order.
  int64_t last_created_ = 0;
};

} // namespace dw::sim
