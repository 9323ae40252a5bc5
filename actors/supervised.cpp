#include "actors/supervised.hpp"

#include "actors/harden.hpp"

#include <caf/atom.hpp>
#include <caf/message_view.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>

#include <deque>
#include <mutex>
#include <utility>

namespace dw {

namespace {

using restart_atom = caf::atom_constant<caf::atom("restart")>;

class front : public caf::event_based_actor {
public:
  front(caf::actor_config& config, std::string name, restart_policy policy,
        std::function<caf::actor(caf::actor_system&)> spawn)
    : event_based_actor{config}, service_name_{std::move(name)},
      policy_{policy}, spawn_{std::move(spawn)} {
    // Now, so that the first messages are not in our own mailbox.
    start_service();
  }

  const char* name() const override {
    return "front";
  }

  /// Called by whoever sends: a hop to us would cost as much as the work that
  /// most messages ask for.
  void
  enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    auto to = is_for_us(*what) ? nullptr : service();
    if (to)
      to->enqueue(std::move(what), host);
    else
      event_based_actor::enqueue(std::move(what), host);
  }

  /// However the front ends, nobody can reach the service any more.
  void on_exit() override {
    if (auto last = exchange_service(nullptr))
      caf::anon_send_exit(last, caf::exit_reason::user_shutdown);
  }

protected:
  caf::behavior make_behavior() override {
    harden(this);
    set_down_handler([this](const caf::down_msg& msg) { on_down(msg); });
    set_default_handler(
      [this](caf::scheduled_actor*, caf::message_view&) { return refuse(); });
    watch_service();
    return {
      [this](restart_atom) {
        start_service();
        watch_service();
      },
    };
  }

private:
  static bool is_for_us(const caf::mailbox_element& what) {
    const auto& content = what.content();
    return content.match_elements<caf::exit_msg>()
           || content.match_elements<caf::down_msg>()
           || content.match_elements<restart_atom>();
  }

  caf::strong_actor_ptr service() const {
    std::lock_guard guard{mutex_};
    return service_;
  }

  caf::strong_actor_ptr exchange_service(caf::strong_actor_ptr next) {
    std::lock_guard guard{mutex_};
    return std::exchange(service_, std::move(next));
  }

  void start_service() {
    try {
      auto next = spawn_(system());
      exchange_service(caf::actor_cast<caf::strong_actor_ptr>(next));
    } catch (const std::exception& x) {
      spdlog::error("{} cannot be started: {}", service_name_, x.what());
    }
  }

  void watch_service() {
    if (auto current = service())
      monitor(current);
    else
      delayed_send(this, policy_.pause, restart_atom::value);
  }

  void on_down(const caf::down_msg& msg) {
    if (msg.source != service())
      return;
    exchange_service(nullptr);
    if (!msg.reason || msg.reason == caf::exit_reason::user_shutdown) {
      quit(caf::exit_reason::user_shutdown);
      return;
    }
    spdlog::error("{} died and is restarted: {}", service_name_,
                  render(msg.reason));
    auto now = clock().now();
    while (!restarts_.empty() && now - restarts_.front() > policy_.window)
      restarts_.pop_front();
    restarts_.push_back(now);
    if (restarts_.size() <= policy_.burst)
      start_service();
    watch_service();
  }

  /// There is no service. Nobody waits for an answer to what is no request.
  caf::result<caf::message> refuse() {
    if (!current_message_id().is_request())
      return caf::delegated<caf::message>{};
    return make_failure(errc::service_restarted,
                        {.object = service_name_,
                         .reply = "the service is being restarted"});
  }

  std::string service_name_;
  restart_policy policy_;
  std::function<caf::actor(caf::actor_system&)> spawn_;
  std::deque<std::chrono::steady_clock::time_point> restarts_;
  mutable std::mutex mutex_;
  /// Null while there is none. Guarded by `mutex_`.
  caf::strong_actor_ptr service_;
};

} // namespace

caf::actor
spawn_supervised(caf::actor_system& sys, std::string name,
                 restart_policy policy,
                 std::function<caf::actor(caf::actor_system&)> spawn) {
  return sys.spawn<front>(std::move(name), policy, std::move(spawn));
}

} // namespace dw
