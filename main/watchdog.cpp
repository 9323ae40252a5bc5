#include "main/watchdog.hpp"

#include "main/service_notice.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/others.hpp>

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace dw {

namespace {

std::optional<uint64_t> number_in(const char* variable) {
  const auto* text = std::getenv(variable);
  if (text == nullptr)
    return {};
  std::string_view digits{text};
  uint64_t result = 0;
  auto [end, err]
    = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (err != std::errc{} || end != digits.data() + digits.size())
    return {};
  return result;
}

} // namespace

std::optional<std::chrono::microseconds> watchdog_interval() {
  // It may be meant for the process that started us.
  auto whom = number_in("WATCHDOG_PID");
  auto interval = number_in("WATCHDOG_USEC");
  if (!interval || *interval == 0
      || (whom && *whom != static_cast<uint64_t>(::getpid())))
    return {};
  return std::chrono::microseconds{*interval};
}

caf::actor
spawn_watchdog(caf::actor_system& sys, deploy_supervisor_actor supervisor,
               std::chrono::microseconds interval) {
  return sys.spawn([supervisor = std::move(supervisor),
                    interval](caf::event_based_actor* self) {
    self->send(self, caf::tick_atom::value);
    return caf::behavior{[=](caf::tick_atom) {
      self->delayed_send(self, interval / 2, caf::tick_atom::value);
      self->request(supervisor, caf::infinite, list_work{})
        .then(
          [](const std::vector<deploy_event>&) {
            tell_service_manager("WATCHDOG=1");
          },
          [](caf::error&) {});
    }};
  });
}

} // namespace dw
