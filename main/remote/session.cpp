#include "main/remote/session.hpp"

#include "actors/scheduling.hpp"
#include "main/remote/supervisor.hpp"
#include "messages/naming.hpp"
#include "transports/http_client.hpp"

#include <caf/send.hpp>

namespace dw::remote {

session::session(server_address server) : server_{std::move(server)} {
  configure_scheduler(config_);
  add_message_types(config_);
  system_ = std::make_unique<caf::actor_system>(config_);
  http_ = spawn_http_client(*system_, std::make_shared<http_loop>());
  supervisor_ = work_source_actor{system_->spawn(
    remote::supervisor, http_, server_, follow_policy{}, make_instance_id)};
}

session::~session() {
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(http_, caf::exit_reason::user_shutdown);
  supervisor_ = nullptr;
  http_ = nullptr;
  system_.reset();
}

} // namespace dw::remote
