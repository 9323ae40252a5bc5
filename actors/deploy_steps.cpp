#include "actors/deploy_steps.hpp"

#include "transports/docker_api.hpp"

#include <algorithm>
#include <charconv>

namespace dw {

using namespace std::chrono_literals;

// -- what a deploy is made of -------------------------------------------------

namespace {

using phase = deploy_phase;

// -- what steps are needed for ------------------------------------------------

bool has_domains(const deployment_state& st) {
  return !st.spec.domains.empty();
}

// A name is nobody else's, whether it is stopped or not.
bool is_led_to_port(const deployment_state& st) {
  return has_domains(st) && st.spec.forward != forward_mode::network;
}

bool can_verify(const deployment_state& st) {
  return has_domains(st) && !st.spec.verify_url.empty();
}

bool has_old(const deployment_state& st) {
  return st.before.current || !st.before.retired.empty();
}

bool has_running_old(const deployment_state& st) {
  return st.before.current && is_running(*st.before.current);
}

bool can_soak(const deployment_state& st) {
  return st.spec.soak > 0ms && has_running_old(st);
}

bool has_running_retired(const deployment_state& st) {
  const auto& old = st.before.retired;
  return std::any_of(old.begin(), old.end(), is_running);
}

bool has_replaced_running(const deployment_state& st) {
  return has_running_old(st) && st.before.current->id != st.container_id;
}

// What the swarm's own watch of an update is for otherwise.
bool can_soak_service(const deployment_state& st) {
  return can_soak(st) && st.updated_id.empty();
}

// Nobody's requests have to be led elsewhere: the service keeps its name.
bool is_updated(const deployment_state& st) {
  return !has_domains(st) && find_service(st.before) != nullptr;
}

bool is_created(const deployment_state& st) {
  return !is_updated(st);
}

// -- the tables ---------------------------------------------------------------

// A rollback is a deploy of what is chosen first.
constexpr deploy_step rollback_table[] = {
  {phase::queued, steps::choose_rollback, 30s, true},
  {phase::pulling, steps::pull, 600s, true},
  {phase::preparing, steps::find_network, 60s},
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::preparing, steps::free_name, 60s},
  {phase::creating, steps::create, 60s},
  {phase::starting, steps::start, 120s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s, false, has_domains},
  {phase::verifying, steps::verify, 15s, true, can_verify},
  {phase::soaking, steps::soak, 15s, true, can_soak},
  {phase::draining, steps::drain, 15s, true, has_running_old},
  {phase::retiring, steps::retire, 120s, false, has_old},
};

// The same with a service.
constexpr deploy_step swarm_rollback_table[] = {
  {phase::queued, steps::choose_rollback, 30s, true},
  {phase::pulling, steps::check_swarm, 15s, true},
  {phase::pulling, steps::pull, 600s, true},
  {phase::preparing, steps::require_health_check, 15s, true},
  {phase::preparing, steps::find_network, 60s},
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::creating, steps::create_service, 60s, false, is_created},
  {phase::creating, steps::update_service, 60s, false, is_updated},
  {phase::gating, steps::gate_service, 15s, true},
  {phase::routing, steps::route, 120s, false, has_domains},
  {phase::verifying, steps::verify, 15s, true, can_verify},
  {phase::soaking, steps::soak_service, 15s, true, can_soak_service},
  {phase::draining, steps::drain, 15s, true, has_replaced_running},
  {phase::retiring, steps::retire, 120s, false, has_old},
};

constexpr deploy_step start_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::starting, steps::start_again, 120s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s, false, has_domains},
  {phase::verifying, steps::verify, 15s, true, can_verify},
};

constexpr deploy_step restart_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::starting, steps::restart, 180s},
  {phase::gating, steps::gate, 15s, true},
  {phase::routing, steps::route, 120s, false, has_domains},
  {phase::verifying, steps::verify, 15s, true, can_verify},
};

// What runs beside what serves would get the requests otherwise.
constexpr deploy_step stop_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::routing, steps::lead_nowhere, 120s, false, is_led_to_port},
  {phase::retiring, steps::stop_retired, 120s, false, has_running_retired},
  {phase::retiring, steps::stop, 120s},
};

constexpr deploy_step remove_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::routing, steps::remove_route, 120s},
  {phase::retiring, steps::remove_containers, 120s},
};

constexpr deploy_step retire_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::preparing, steps::remove_unfinished, 60s},
  {phase::preparing, steps::find_current, 30s, true},
  {phase::draining, steps::drain_retired, 15s, true, has_running_retired},
  {phase::retiring, steps::retire, 120s},
};

constexpr deploy_step repair_table[] = {
  {phase::preparing, steps::read_stage, 30s, true},
  {phase::routing, steps::repair_route, 120s},
};

} // namespace

std::span<const deploy_step>
steps_of(stage_action action, deploy_target target) {
  auto rollback = target == deploy_target::swarm
                    ? std::span<const deploy_step>{swarm_rollback_table}
                    : std::span<const deploy_step>{rollback_table};
  switch (action) {
    case stage_action::deploy:
      return rollback.subspan(1);
    case stage_action::rollback:
      return rollback;
    case stage_action::start:
      return start_table;
    case stage_action::restart:
      return restart_table;
    case stage_action::stop:
      return stop_table;
    case stage_action::remove:
      return remove_table;
    case stage_action::retire:
      return retire_table;
    case stage_action::repair:
      return repair_table;
  }
  return {};
}

namespace steps {

// -- pulling ------------------------------------------------------------------

namespace {

// 0 for what is no TCP port.
uint16_t tcp_port_of(std::string_view exposed) {
  uint16_t result = 0;
  const auto* end = exposed.data() + exposed.size();
  auto [rest, err] = std::from_chars(exposed.data(), end, result);
  return err == std::errc{} && std::string_view{rest, end} == "/tcp" ? result
                                                                     : 0;
}

// The only TCP port that the image exposes, or the one that the spec says.
caf::expected<uint16_t>
choose_port(const deploy_spec& spec, const image_info& image) {
  if (spec.port != 0)
    return spec.port;
  std::vector<uint16_t> candidates;
  for (const auto& x : image.exposed_ports)
    if (auto port = tcp_port_of(x); port != 0)
      candidates.push_back(port);
  if (candidates.size() == 1)
    return candidates.front();
  if (candidates.empty() && spec.domains.empty())
    return uint16_t{0};
  std::string list;
  for (auto x : candidates)
    list += (list.empty() ? "" : ", ") + std::to_string(x);
  return make_failure(errc::invalid_argument,
                      {.operation = "choose the port of",
                       .object = spec.image + ":" + spec.tag,
                       .reply = candidates.empty()
                                  ? "the image exposes no TCP port"
                                  : "the image exposes several: " + list,
                       .hint = "Set port of " + spec.project + "/" + spec.stage
                               + " to the one that speaks HTTP."});
}

void use_image(deployment_state& st, const image_info& image) {
  auto& spec = st.spec;
  st.image = image;
  if (spec.digest.empty())
    spec.digest = docker::digest_of(image, spec.image);
  auto port = choose_port(spec, image);
  if (!port) {
    st.fail(std::move(port.error()));
    return;
  }
  st.port = *port;
  spec.port = *port;
  st.tell(spec.digest.empty() ? image.id : spec.digest);
  st.proceed();
}

std::string wanted_reference(const deployment_state& st) {
  return st.pinned_image.empty() ? wanted_image(st.spec) : st.pinned_image;
}

// The engine does not have the image.
void get_absent(deployment_state& st, const caf::error& err) {
  if (st.spec.pull == pull_policy::never) {
    st.fail(with_failure(err, [](failure& x) {
      x.hint = "With pull: never the image must be on the engine's host "
               "already; build or load it there.";
    }));
    return;
  }
  // A kept instance's image was removed by force. Only a digest gets the same
  // one again; a tag may have moved.
  if (!st.pinned_image.empty()) {
    if (st.spec.digest.empty()) {
      st.on_failure(err);
      return;
    }
    st.pinned_image.clear();
  }
  pull_from_registry(st, wanted_reference(st), use_image);
}

} // namespace

void pull(deployment_state& st) {
  auto reference = wanted_reference(st);
  const auto& spec = st.spec;
  // What a digest names never changes, so it need not be asked for again.
  if (spec.pull == pull_policy::always && spec.digest.empty()
      && st.pinned_image.empty()) {
    pull_from_registry(st, reference, use_image);
    return;
  }
  inspect_image request;
  request.reference = reference;
  st.ask_or<image_info>(
    st.svc.images, request,
    [&st](const image_info& image) { use_image(st, image); },
    [&st](caf::error& err) {
      if (code_of(err) == errc::not_found)
        get_absent(st, err);
      else
        st.on_failure(err);
    });
}

} // namespace steps

} // namespace dw
