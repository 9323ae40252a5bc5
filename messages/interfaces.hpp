#pragma once

#include "messages/call.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/drift.hpp"
#include "messages/engine.hpp"
#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/image.hpp"
#include "messages/journal.hpp"
#include "messages/network.hpp"
#include "messages/node.hpp"
#include "messages/proxy.hpp"
#include "messages/push.hpp"
#include "messages/service.hpp"
#include "messages/types.hpp"

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

// The interface of every actor. Each request may fail with a `caf::error` that
// carries a `failure`; see error.hpp.

namespace DW_EXPORT dw {

// -- listeners: what a client implements to be told ---------------------------

/// Receives a streamed body. Must acknowledge each chunk with `consumed`.
using body_consumer_actor = caf::typed_actor<caf::reacts_to<body_chunk>>;

using pull_listener_actor = caf::typed_actor<caf::reacts_to<pull_progress>>;

using log_listener_actor = caf::typed_actor<caf::reacts_to<log_line>>;

using engine_listener_actor = caf::typed_actor<caf::reacts_to<engine_event>>;

// Told of all work, whoever asked for it, and of how it ended.
using deploy_listener_actor = caf::typed_actor<caf::reacts_to<deploy_event>,
                                               caf::reacts_to<deploy_report>>;

/// Hears what tags point to, and answers what becomes of it.
using tag_listener_actor
  = caf::typed_actor<caf::replies_to<tag_seen>::with<push_verdict>>;

using drift_listener_actor = caf::typed_actor<caf::reacts_to<drift_event>>;

/// Anything with calls that can be cancelled.
using cancellable_actor = caf::typed_actor<caf::reacts_to<cancel>>;

// -- services -----------------------------------------------------------------

/// The HTTP CLIENT: makes exchanges. Cancels the exchanges of an asker, and
/// the streams to a consumer, that terminates.
using http_client_actor = caf::typed_actor<
  // Makes an exchange and answers with the whole of it.
  caf::replies_to<http_request>::with<http_response>,
  // Makes an exchange whose body goes to the consumer piece by piece; answers
  // at the end of the stream. Needs a ticket.
  caf::replies_to<http_request, body_consumer_actor>::with<http_response>,
  // From the consumer of a stream.
  caf::reacts_to<consumed>, caf::reacts_to<cancel>>;

/// The ENGINE GATEWAY: an HTTP CLIENT for one Docker Engine. Fills in where
/// the engine is and the negotiated API version: targets are without "/v1.NN".
using engine_gateway_actor = http_client_actor::extend_with<caf::typed_actor<
  // Pings, negotiates the API version anew, and asks for the release.
  caf::replies_to<ping_engine>::with<engine_info>>>;

/// The CREDENTIAL STORE: knows the registries' logins.
using credential_store_actor = caf::typed_actor<
  // Looks a registry's login up; may run a program of the user's.
  caf::replies_to<find_credentials>::with<found_credentials>>;

/// The IMAGE PULLER: one pull in flight per reference, however many wait.
using image_puller_actor = caf::typed_actor<
  // Pulls and inspects.
  caf::replies_to<pull_image>::with<image_info>,
  // The same, telling the listener how far it is.
  caf::replies_to<pull_image, pull_listener_actor>::with<image_info>,
  caf::replies_to<inspect_image>::with<image_info>,
  // `errc::not_found` if there is none; `errc::conflict` if it is in use.
  caf::replies_to<remove_image>::with<done>,
  // Asks the registry, without pulling.
  caf::replies_to<find_digest>::with<found_digest>, caf::reacts_to<cancel>>;

/// The CONTAINER MANAGER: serialises the calls on each container and admits
/// starts at the rate the engine can bear.
using container_manager_actor = caf::typed_actor<
  caf::replies_to<create_container>::with<container_created>,
  caf::replies_to<start_container>::with<done>,
  caf::replies_to<stop_container>::with<done>,
  caf::replies_to<restart_container>::with<done>,
  caf::replies_to<remove_container>::with<done>,
  caf::replies_to<rename_container>::with<done>,
  caf::replies_to<set_restart_policy>::with<done>,
  caf::replies_to<inspect_container>::with<container_info>,
  caf::replies_to<inspect_port>::with<port_binding>,
  caf::replies_to<list_containers>::with<std::vector<container_summary>>,
  caf::replies_to<wait_container>::with<container_exit>,
  // The last lines, as one answer.
  caf::replies_to<read_logs>::with<std::vector<log_line>>,
  // Every line to the listener; answers at the end of the log.
  caf::replies_to<read_logs, log_listener_actor>::with<done>,
  caf::reacts_to<cancel>>;

/// The SERVICE MANAGER: serialises the changes of each service.
using service_manager_actor = caf::typed_actor<
  caf::replies_to<inspect_swarm>::with<swarm_info>,
  caf::replies_to<create_service>::with<service_created>,
  caf::replies_to<update_service>::with<done>,
  caf::replies_to<scale_service>::with<done>,
  caf::replies_to<rollback_service>::with<done>,
  caf::replies_to<inspect_service>::with<service_info>,
  caf::replies_to<list_services>::with<std::vector<service_info>>,
  caf::replies_to<remove_service>::with<done>,
  caf::replies_to<list_tasks>::with<std::vector<service_task>>,
  caf::reacts_to<cancel>>;

/// The NETWORK MANAGER: one ensure in flight per name.
using network_manager_actor
  = caf::typed_actor<caf::replies_to<ensure_network>::with<network_info>,
                     caf::replies_to<find_network>::with<network_info>,
                     caf::replies_to<connect_network>::with<done>,
                     caf::reacts_to<cancel>>;

/// The TOKEN KEEPER: one login in flight, refreshes in time.
using token_keeper_actor
  = caf::typed_actor<caf::replies_to<get_token>::with<proxy_token>,
                     caf::replies_to<replace_token>::with<proxy_token>,
                     caf::replies_to<login>::with<proxy_token>,
                     caf::replies_to<refresh_token>::with<proxy_token>,
                     caf::reacts_to<cancel>>;

/// The PROXY REGISTRAR: one mutation in flight per NPM instance.
using proxy_registrar_actor = caf::typed_actor<
  caf::replies_to<ping_proxy>::with<proxy_info>,
  caf::replies_to<create_proxy_host>::with<proxy_host>,
  caf::replies_to<read_proxy_host>::with<proxy_host>,
  caf::replies_to<list_proxy_hosts>::with<std::vector<proxy_host>>,
  caf::replies_to<update_proxy_host>::with<proxy_host>,
  caf::replies_to<delete_proxy_host>::with<done>,
  caf::replies_to<enable_proxy_host>::with<done>,
  caf::replies_to<disable_proxy_host>::with<done>,
  caf::replies_to<find_proxy_host>::with<proxy_host>,
  caf::replies_to<set_route>::with<route_result>,
  caf::replies_to<revert_route>::with<done>, caf::reacts_to<cancel>>;

/// The ENGINE WATCH: the engine's events, for as long as a listener lives.
using engine_watch_actor = caf::typed_actor<
  // Subscribes to the events of one container, or of all of ours with an empty
  // id. Answers when the stream stands: no later event is missed, and `resync`
  // tells when some may be. To ask again does no harm.
  caf::replies_to<engine_listener_actor, std::string>::with<done>>;

/// The JOURNAL: the durable record of work. Answers an entry when it is on the
/// disk; entries of one sender are written in the order they came.
using journal_actor = caf::typed_actor<
  caf::replies_to<work_accepted>::with<done>,
  caf::replies_to<step_begun>::with<done>,
  caf::replies_to<work_finished>::with<done>,
  caf::replies_to<image_removed>::with<done>,
  // The latest work, newest first.
  caf::replies_to<list_history>::with<std::vector<work_record>>,
  // `errc::not_found` if there is none of that id.
  caf::replies_to<read_work>::with<work_record>,
  // `errc::not_found` if there is none, or none any more.
  caf::replies_to<find_earlier>::with<deploy_spec>,
  // `errc::not_found` if there is none after that.
  caf::replies_to<find_unneeded>::with<deployed_image>,
  // What was accepted and has not finished, in the order it was accepted.
  caf::replies_to<list_unfinished>::with<std::vector<unfinished_work>>>;

/// The DEPLOY SUPERVISOR: what clients talk to.
using deploy_supervisor_actor = caf::typed_actor<
  caf::replies_to<submit_work>::with<deploy_report>,
  caf::replies_to<resume_work>::with<uint32_t>,
  caf::replies_to<cancel_work>::with<done>,
  caf::replies_to<list_reports>::with<std::vector<deploy_report>>,
  caf::replies_to<list_work>::with<std::vector<deploy_event>>,
  // Subscribes to the events and reports of all stages, for as long as the
  // listener lives.
  caf::replies_to<deploy_listener_actor>::with<done>>;

/// A LENT PROXY: the proxy of a controller, as a node may use it. It lets the
/// node have the routes of the stages that the controller deploys there, and
/// fails with `errc::forbidden` for all else.
using lent_proxy_actor = caf::typed_actor<
  caf::replies_to<node_pass, list_proxy_hosts>::with<std::vector<proxy_host>>,
  caf::replies_to<node_pass, update_proxy_host>::with<proxy_host>,
  caf::replies_to<node_pass, delete_proxy_host>::with<done>,
  caf::replies_to<node_pass, disable_proxy_host>::with<done>,
  caf::replies_to<node_pass, set_route>::with<route_result>,
  caf::replies_to<node_pass, revert_route>::with<done>>;

/// The NODE GATEWAY: what a node lets a controller do. It is all that a node
/// publishes, and takes nothing that it is told for granted.
using node_gateway_actor = caf::typed_actor<
  caf::replies_to<node_hello>::with<node_challenge>,
  caf::replies_to<node_login>::with<node_welcome>,
  // Accepts work under an id that the controller has chosen; answers when it is
  // recorded. To ask again with the same id does no harm: a connection may be
  // lost before the answer.
  caf::replies_to<node_pass, submit_work>::with<done>,
  caf::replies_to<node_pass, cancel_work>::with<done>,
  // What became of it. `errc::not_found` if it was never accepted.
  caf::replies_to<node_pass, read_work>::with<work_record>,
  // Subscribes to the events and reports of all stages, for as long as the
  // connection lives.
  caf::replies_to<node_pass, deploy_listener_actor>::with<done>,
  // Has the node look after these stages from now on, and no others.
  caf::replies_to<node_pass, look_after>::with<done>,
  caf::replies_to<node_pass, list_drift>::with<std::vector<drift>>,
  // Lends the node a proxy for as long as the connection lives, with the pass
  // to show there. Refused if the node has one.
  caf::replies_to<node_pass, lent_proxy_actor, node_pass>::with<done>,
  caf::replies_to<node_pass, ping_engine>::with<engine_info>,
  // Only containers of ours.
  caf::replies_to<node_pass,
                  list_containers>::with<std::vector<container_summary>>,
  caf::replies_to<node_pass, read_logs>::with<std::vector<log_line>>,
  caf::replies_to<node_pass, read_logs, log_listener_actor>::with<done>>;

/// The NODE DIALER: connects to nodes.
using node_dialer_actor = caf::typed_actor<
  // Answers within seconds, also when the network swallows what is sent.
  caf::replies_to<dial_node>::with<node_gateway_actor>>;

/// A NODE LINK: one node, as its controller sees it. It lives on when the
/// connection is lost, and connects again. Questions fail at once then.
using node_link_actor = caf::typed_actor<
  // Has the node do a piece of work whose id is set, telling the listener how
  // far it is. Answers with what became of it, however often the connection is
  // lost meanwhile; fails with `errc::connection_lost` if the node stays lost.
  caf::replies_to<submit_work, deploy_listener_actor>::with<deploy_report>,
  // For work that was submitted through this link.
  caf::replies_to<cancel_work>::with<done>,
  caf::replies_to<ask_node>::with<node_status>,
  caf::replies_to<ping_engine>::with<engine_info>,
  caf::replies_to<list_containers>::with<std::vector<container_summary>>,
  caf::replies_to<read_logs>::with<std::vector<log_line>>,
  caf::replies_to<read_logs, log_listener_actor>::with<done>,
  // Has the node look after these stages, also after it was lost.
  caf::reacts_to<look_after>,
  caf::replies_to<list_drift>::with<std::vector<drift>>>;

/// Whoever has work done: a DEPLOY SUPERVISOR, or what stands before it.
using worker_actor
  = caf::typed_actor<caf::replies_to<submit_work>::with<deploy_report>>;

/// The RECONCILER: compares what the engine and the proxy have with what should
/// be there.
using reconciler_actor
  = caf::typed_actor<caf::reacts_to<look_after>,
                     caf::replies_to<list_drift>::with<std::vector<drift>>,
                     // Subscribes to what is found, for as long as the listener
                     // lives.
                     caf::replies_to<drift_listener_actor>::with<done>>;

} // namespace dw

// Handles that travel in messages.
CAF_BEGIN_TYPE_ID_BLOCK(dw_actors, caf::id_block::dw::end)

  CAF_ADD_TYPE_ID(dw_actors, (dw::body_consumer_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::pull_listener_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::log_listener_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::engine_listener_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::deploy_listener_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::drift_listener_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::lent_proxy_actor))
  CAF_ADD_TYPE_ID(dw_actors, (dw::node_gateway_actor))

CAF_END_TYPE_ID_BLOCK(dw_actors)

namespace DW_EXPORT dw {

/// Registers everything that travels in a message, before an actor system is
/// made of `config`.
void add_message_types(caf::actor_system_config& config);

} // namespace dw
