#pragma once

#include "actors/deployment.hpp"

#include <span>

namespace dw {

/// The steps of each kind of work, in order: the table to read first.
std::span<const deploy_step> steps_of(stage_action action);

/// The steps themselves. Each ends by `proceed()`, by `fail()`, or by a request
/// that fails.
namespace steps {

// -- deploy_steps.cpp: the way of a deploy ------------------------------------

/// Gets the image, and finds out its digest and port.
void pull(deployment_state& st);
void find_network(deployment_state& st);
/// Reads what is there, and refuses domains that belong to somebody else.
void read_stage(deployment_state& st);
/// Removes what an interrupted deploy left over.
void remove_unfinished(deployment_state& st);
/// Renames the instance that has the name, if it is ours.
void free_name(deployment_state& st);
void create(deployment_state& st);
void start(deployment_state& st);

// -- traffic_steps.cpp: from a started container to the old one's end ---------

/// Waits until the container is healthy.
void gate(deployment_state& st);
void route(deployment_state& st);
/// Requests each domain through the proxy. From its end on the deploy has
/// succeeded.
void verify(deployment_state& st);
void drain(deployment_state& st);
/// Lets instances that were left running finish their requests.
void drain_retired(deployment_state& st);
/// Stops and prunes what served before.
void retire(deployment_state& st);

// -- stage_steps.cpp: work on what is there -----------------------------------

/// Finds the kept instance to go back to, and takes over its spec.
void choose_rollback(deployment_state& st);
/// Finds the instance that serves, or served last.
void find_current(deployment_state& st);
void restart(deployment_state& st);
void stop(deployment_state& st);
void remove_route(deployment_state& st);
void remove_containers(deployment_state& st);

} // namespace steps

} // namespace dw
