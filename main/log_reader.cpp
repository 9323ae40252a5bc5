#include "main/log_reader.hpp"

#include "main/stage_reader.hpp"

namespace dw {

caf::expected<done>
read_log(session& running, const deploy_spec& spec, read_logs what,
         const log_listener_actor& listener) {
  auto current = read_current(running, spec);
  if (!current)
    return std::move(current.error());
  what.id = current->container.id;
  return running.ask<done>(current->logs, what, listener);
}

} // namespace dw
