#pragma once

#include "main/api/call.hpp"
#include "main/api/event_log.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdint>
#include <map>

namespace dw::api {

/// Streams events. "project" and "stage" of the query choose some of them.
struct follow_call {
  call from;
};

/// INTERNAL: a reader of events has room again, or has gone.
struct reader_ready {
  uint64_t reader = 0;
};

struct reader_gone {
  uint64_t reader = 0;
};

} // namespace dw::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::follow_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::reader_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::reader_gone)

namespace dw::api {

/// The EVENT STREAMS: tell clients of the API live what happens. The actor
/// takes messages of this process only, since they carry connections.
using event_streams_actor
  = caf::typed_actor<caf::reacts_to<follow_call>, caf::reacts_to<reader_ready>,
                     caf::reacts_to<reader_gone>, caf::reacts_to<deploy_event>,
                     caf::reacts_to<deploy_report>, caf::reacts_to<drift_event>,
                     caf::reacts_to<caf::tick_atom>>;

/// Their state.
struct event_streams_state {
  struct reader {
    server_stream stream;
    event_cursor cursor;
  };

  static inline const char* name = "event-streams";

  event_streams_state();

  event_log events;
  std::map<uint64_t, reader> readers;
  uint64_t last_reader = 0;
};

/// @param supervisor Whose work is told of.
event_streams_actor::behavior_type
event_streams(event_streams_actor::stateful_pointer<event_streams_state> self,
              const deploy_supervisor_actor& supervisor);

} // namespace dw::api
