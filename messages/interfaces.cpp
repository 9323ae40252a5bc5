#include "messages/interfaces.hpp"

#include <caf/actor_system_config.hpp>

namespace dw {

// Here and nowhere else: it instantiates all that CAF can do with each type.
void add_message_types(caf::actor_system_config& config) {
  config.add_message_types<caf::id_block::dw>();
  config.add_message_types<caf::id_block::dw_actors>();
}

} // namespace dw
