#include "main/session.hpp"

#include "actors/journal.hpp"
#include "actors/scheduling.hpp"
#include "main/state_directory.hpp"

#include <caf/send.hpp>

#include <sys/resource.h>

namespace dw {

namespace {

// Each exchange in flight has a socket: use what the system grants us.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0
      && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

} // namespace

session::session(const configuration& config,
                 std::optional<journal_store> journal, exchange_counter count) {
  raise_file_limit();
  configure_scheduler(config_);
  add_message_types(config_);
  system_ = std::make_unique<caf::actor_system>(config_);
  service_settings settings;
  settings.engine = config.engine;
  if (config.npm)
    settings.proxy = *config.npm;
  settings.registries = config.registries;
  settings.stored_logins = stored_logins(process_environment());
  settings.count_exchange = std::move(count);
  services given;
  if (journal)
    given.journal = journal_ = spawn_journal(*system_, std::move(*journal));
  deploys_ = std::make_unique<deploy_system>(*system_, settings, given);
}

session::~session() {
  deploys_.reset();
  if (journal_)
    caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
}

} // namespace dw
