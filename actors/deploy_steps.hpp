#pragma once

#include "actors/deployment.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>

namespace dw {

/// The steps of each kind of work, in order: the table to read first.
std::span<const deploy_step>
steps_of(stage_action action, deploy_target target);

/// How long after a change of a route requests may still take the old way: the
/// proxy's old workers go on for up to 0.23 s (npm API, section 6.4).
constexpr auto proxy_settle_time = std::chrono::milliseconds{1'000};

/// The steps themselves. Each ends by `proceed()`, by `fail()`, or by a request
/// that fails.
namespace steps {

// -- deploy_steps.cpp: the image ----------------------------------------------

/// Gets the image, and finds out its digest and port.
void pull(deployment_state& st);

// -- prepare_steps.cpp: what is there before ----------------------------------

void find_network(deployment_state& st);
/// Reads what is there, and refuses domains that belong to somebody else.
void read_stage(deployment_state& st);
/// Removes what an interrupted deploy left over.
void remove_unfinished(deployment_state& st);
/// Renames the instance of this stage that has the name.
void free_name(deployment_state& st);

// -- instance_steps.cpp: the container ----------------------------------------

void create(deployment_state& st);
/// Starts the container, new or old.
void start(deployment_state& st);
/// The same with one that is to be stopped again if the work fails.
void start_again(deployment_state& st);
/// Stops and starts it; the route follows it whatever comes after.
void restart(deployment_state& st);
/// Stops it, for good: there is no way back from there.
void stop(deployment_state& st);

// -- traffic_steps.cpp: from a started container to requests ------------------

/// Waits until the container is healthy.
void gate(deployment_state& st);
void route(deployment_state& st);
/// Requests each domain through the proxy.
void verify(deployment_state& st);
/// Watches how the container bears its requests, while what served before is
/// still there. From its end on the deploy has succeeded.
void soak(deployment_state& st);

// -- retire_steps.cpp: the end of instances -----------------------------------

/// Lets what served before finish its requests.
void drain(deployment_state& st);
/// Lets instances that were left running finish their requests.
void drain_retired(deployment_state& st);
/// Stops and prunes what served before.
void retire(deployment_state& st);
/// Stops instances that were left running.
void stop_retired(deployment_state& st);
/// Stops and removes all instances.
void remove_containers(deployment_state& st);

// -- stage_steps.cpp: work on what is there -----------------------------------

/// Finds the kept instance to go back to, and takes over its spec.
void choose_rollback(deployment_state& st);
/// Finds the instance that serves, or served last.
void find_current(deployment_state& st);
void remove_route(deployment_state& st);
/// Has the route lead to what serves, or nowhere if that does not run.
void repair_route(deployment_state& st);
/// Has the route lead nowhere, before its port is free for others.
void lead_nowhere(deployment_state& st);

// -- service_steps.cpp: services of a swarm instead of containers -------------

/// Refuses an engine that is no manager of a swarm.
void check_swarm(deployment_state& st);
/// Refuses what a swarm could not tell to be good.
void require_health_check(deployment_state& st);
/// Creates a service beside the one that serves.
void create_service(deployment_state& st);
/// Has the service that is there made of the new spec. Its container's id
/// becomes known only when the update is completed.
void update_service(deployment_state& st);
/// Waits until the tasks run, and the update is completed if it is one.
void gate_service(deployment_state& st);
void soak_service(deployment_state& st);

// -- shared by steps ----------------------------------------------------------

/// What an instance is made of.
container_spec make_container(const deployment_state& st);

/// Adds a container's last log lines to the error, then proceeds.
void keep_last_words_of(deployment_state& st, const std::string& id);

/// Finds the port at which the service of the stage gets requests.
void find_service_port(deployment_state& st,
                       void (*then)(deployment_state&, uint16_t));

/// Scales the service of the stage up again.
void start_service(deployment_state& st);

/// Scales a service down to nothing, and waits until its tasks have ended. Done
/// also if it is gone. Removal does not wait.
void stop_service(deployment_state& st, const std::string& id,
                  const std::function<void()>& then,
                  const std::function<void(const caf::error&)>& otherwise);
void remove_service(deployment_state& st, const std::string& id,
                    const std::function<void()>& then,
                    const std::function<void(const caf::error&)>& otherwise);

/// Undoes nothing of a new instance that the route may still lead to: tells of
/// it in the report, and proceeds.
void leave_new_running(deployment_state& st);

/// Goes on if what was to be undone is gone, else takes `err` as a failure.
void proceed_if_gone(deployment_state& st, const caf::error& err);

/// If the work fails, has the route lead to whatever serves then, or nowhere.
/// To be called before what stops a container again.
void repair_route_on_undo(deployment_state& st);

/// Tells that the new instance is being watched from now on.
void tell_of_soak(deployment_state& st);

/// Asks for all containers of the stage.
list_containers containers_of(const deploy_spec& spec);

/// Asks for the proxy hosts that concern the stage.
list_proxy_hosts hosts_of(const deploy_spec& spec);

/// Pulls an image, whether it is there or not, then calls `then`.
void pull_from_registry(deployment_state& st, const std::string& reference,
                        void (*then)(deployment_state&, const image_info&));

/// Reads the stage into `st.before`, then calls `then`.
void read_state(deployment_state& st, void (*then)(deployment_state&));

} // namespace steps

} // namespace dw
