#pragma once

#include "main/api/call.hpp"

namespace dw::api {

class daemon;

// What the routes run, on the HTTP server's thread: they only hand over.

// -- health_handlers.cpp ------------------------------------------------------

void tell_health(daemon& to, call& x);
void tell_readiness(daemon& to, call& x);
void tell_version(daemon& to, call& x);
void tell_metrics(daemon& to, call& x);

// -- log_level_handlers.cpp ---------------------------------------------------

void tell_log_level(daemon& to, call& x);
void change_log_level(daemon& to, call& x);

// -- work_handlers.cpp --------------------------------------------------------

void follow_events(daemon& to, call& x);
void list_deploys(daemon& to, call& x);
void submit_deploy(daemon& to, call& x);
void read_deploy(daemon& to, call& x);
void cancel_deploy(daemon& to, call& x);

// -- stage_handlers.cpp -------------------------------------------------------

void list_stages(daemon& to, call& x);
void read_stage_state(daemon& to, call& x);
void plan_stage(daemon& to, call& x);
void list_routes(daemon& to, call& x);
void tell_drift(daemon& to, call& x);

// -- hook_handler.cpp ---------------------------------------------------------

void receive_push(daemon& to, call& x);

// -- log_handler.cpp ----------------------------------------------------------

void stream_log(daemon& to, call& x);

} // namespace dw::api
