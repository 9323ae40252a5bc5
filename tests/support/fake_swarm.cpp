#include "tests/support/fake_swarm.hpp"

#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw::test {

namespace {

std::string id_of(int number, char kind) {
  auto digits = std::to_string(number);
  return kind + std::string(24 - digits.size(), '0') + digits;
}

caf::error refuse(errc code, int status, std::string operation,
                  const std::string& object, std::string reply) {
  return make_failure(code, {.operation = std::move(operation),
                             .object = object,
                             .peer = "Docker Engine",
                             .status = status,
                             .reply = std::move(reply)});
}

caf::error no_such(std::string operation, const std::string& id) {
  return refuse(errc::not_found, 404, std::move(operation), id,
                "service " + id + " not found");
}

std::string instance_of(const service_spec& x) {
  return x.task.labels.at(label::instance_id);
}

service_version version_of(const service_spec& x) {
  return {x.task.image, x.task.labels, x.task.env, x.replicas};
}

bool is_wanted(const fake_task& x) {
  return x.info.desired == task_state::running;
}

bool runs(const fake_task& x) {
  return is_wanted(x) && x.info.state == task_state::running;
}

} // namespace

fake_service* fake_swarm::find(const std::string& id_or_name) {
  for (auto& x : services_)
    if (x.info.id == id_or_name || x.info.name == id_or_name)
      return &x;
  return nullptr;
}

// -- tasks --------------------------------------------------------------------

void fake_swarm::start_task(fake_service& x) {
  fake_task task;
  task.info.id = id_of(++last_task_, 't');
  task.info.service_id = x.info.id;
  task.info.instance_id = instance_of(x.spec);
  task.info.desired = task_state::running;
  task.info.state = task_state::pending;
  task.info.error = no_node;
  if (no_node.empty()) {
    auto spec = x.spec.task;
    spec.labels["com.docker.swarm.service.name"] = spec.name;
    spec.name += ".1." + task.info.id;
    spec.labels["com.docker.swarm.service.id"] = x.info.id;
    auto created = engine_.create(spec);
    if (created && engine_.start(created->id)) {
      task.info.state = task_state::starting;
      task.info.container_id = created->id;
    } else {
      task.info.state = task_state::rejected;
      task.info.error = "No such image: " + spec.image;
    }
  }
  x.tasks.push_back(std::move(task));
}

void fake_swarm::end_task(fake_task& x, task_state state, task_state desired) {
  x.info.desired = desired;
  if (x.info.state <= task_state::running)
    x.info.state = state;
  // Only a task that ended by itself leaves something to look at.
  if (state == task_state::shutdown)
    engine_.remove(x.info.container_id, true);
  else
    stop_container(x.info.container_id);
}

// What its health check said last stays to be read.
void fake_swarm::stop_container(const std::string& id) {
  auto* container = engine_.find(id);
  if (container == nullptr)
    return;
  auto health = container->info.health;
  engine_.stop(id);
  container->info.health = health;
}

void fake_swarm::look_at(fake_task& x) {
  if (++x.looks < 2 || x.info.state != task_state::starting)
    return;
  const auto* container = engine_.find(x.info.container_id);
  auto is_good = container != nullptr && container->is_running()
                 && container->info.health != health_status::unhealthy;
  if (is_good)
    x.info.state = task_state::running;
  else
    end_task(x, task_state::complete, task_state::shutdown);
}

void fake_swarm::crash(const std::string& id_or_name) {
  for (auto& x : find(id_or_name)->tasks)
    if (runs(x))
      end_task(x, task_state::failed, task_state::shutdown);
}

// -- updates ------------------------------------------------------------------

void fake_swarm::make_of(fake_service& x, service_spec spec) {
  ++x.info.version;
  x.spec = std::move(spec);
  x.info.spec = version_of(x.spec);
  x.info.previous = caf::none;
  if (x.previous)
    x.info.previous = version_of(*x.previous);
}

// Starts first: the old task is ended once the new one runs.
void fake_swarm::advance_update(fake_service& x) {
  auto is_new = [&x](const fake_task& y) {
    return y.info.instance_id == instance_of(x.spec);
  };
  if (x.info.update == update_state::rollback_started) {
    x.info.update = update_state::rollback_completed;
    return;
  }
  if (x.info.update != update_state::updating)
    return;
  auto i = std::find_if(x.tasks.rbegin(), x.tasks.rend(), is_new);
  if (i == x.tasks.rend())
    return;
  if (runs(*i)) {
    for (auto& task : x.tasks)
      if (is_wanted(task) && !is_new(task))
        end_task(task, task_state::shutdown, task_state::shutdown);
    x.info.update = update_state::completed;
  } else if (i->info.state > task_state::running) {
    auto old = *x.previous;
    x.previous = caf::none;
    make_of(x, std::move(old));
    x.info.update = update_state::rollback_started;
    x.info.update_message = "update rolled back due to failure";
  }
}

// -- what the swarm does ------------------------------------------------------

caf::expected<swarm_info> fake_swarm::inspect_swarm() const {
  return swarm_info{is_manager ? "active" : "inactive", is_manager, "node1"};
}

caf::expected<service_created> fake_swarm::create(const service_spec& spec) {
  if (find(spec.task.name))
    return refuse(errc::conflict, 409, "create service", spec.task.name,
                  "name conflicts with an existing object");
  auto& x = services_.emplace_back();
  x.number = ++last_service_;
  x.info.id = id_of(x.number, 's');
  x.info.name = spec.task.name;
  x.info.created = x.number;
  make_of(x, spec);
  for (uint32_t i = 0; i < spec.replicas; ++i)
    start_task(x);
  return service_created{x.info.id, {}};
}

caf::expected<done>
fake_swarm::update(const std::string& id, const service_spec& spec) {
  auto* x = find(id);
  if (!x)
    return no_such("update service", id);
  auto runs_nothing = x->spec.replicas == 0;
  x->previous = x->spec;
  make_of(*x, spec);
  // Then there is nothing to replace.
  x->info.update = runs_nothing ? update_state::none : update_state::updating;
  x->info.update_message = runs_nothing ? "" : "update in progress";
  start_task(*x);
  return done{};
}

caf::expected<done>
fake_swarm::scale(const std::string& id, uint32_t replicas) {
  auto* x = find(id);
  if (!x)
    return no_such("scale service", id);
  x->previous = x->spec;
  auto spec = x->spec;
  spec.replicas = replicas;
  make_of(*x, std::move(spec));
  x->info.update = update_state::none;
  if (replicas == 0)
    for (auto& task : x->tasks)
      end_task(task, task_state::shutdown, task_state::remove);
  auto wanted = std::count_if(x->tasks.begin(), x->tasks.end(), is_wanted);
  for (auto i = static_cast<uint32_t>(wanted); i < replicas; ++i)
    start_task(*x);
  return done{};
}

caf::expected<done>
fake_swarm::roll_back(const std::string& id, const std::string& instance_id) {
  auto* x = find(id);
  if (!x)
    return no_such("roll back service", id);
  if (!x->previous || instance_of(x->spec) != instance_id)
    return refuse(errc::invalid_argument, 0, "roll back service", x->info.name,
                  "it is not of instance " + instance_id + " any more");
  for (auto& task : x->tasks)
    if (is_wanted(task) && task.info.instance_id == instance_id)
      end_task(task, task_state::shutdown, task_state::shutdown);
  auto old = *x->previous;
  x->previous = x->spec;
  make_of(*x, std::move(old));
  x->info.update = update_state::rollback_started;
  return done{};
}

caf::expected<service_info> fake_swarm::inspect(const std::string& id) {
  auto* x = find(id);
  if (!x)
    return no_such("inspect service", id);
  x->info.running = static_cast<uint32_t>(
    std::count_if(x->tasks.begin(), x->tasks.end(), runs));
  x->info.ports.clear();
  if (x->spec.publish == publish_mode::ingress)
    for (const auto& task : x->tasks)
      if (const auto* container = engine_.find(task.info.container_id);
          container && container->is_running())
        for (const auto& port : x->spec.task.ports)
          x->info.ports.push_back(
            {port.container_port, "tcp", "0.0.0.0", container->host_port});
  auto result = x->info;
  advance_update(*x);
  return result;
}

caf::expected<std::vector<service_info>>
fake_swarm::list(const std::map<std::string, std::string>& labels) {
  std::vector<service_info> result;
  for (auto& x : services_) {
    auto matches = [&x](const auto& y) {
      auto i = x.spec.task.labels.find(y.first);
      return i != x.spec.task.labels.end()
             && (y.second.empty() || i->second == y.second);
    };
    if (std::all_of(labels.begin(), labels.end(), matches))
      result.push_back(*inspect(x.info.id));
  }
  return result;
}

caf::expected<done> fake_swarm::remove(const std::string& id) {
  auto* x = find(id);
  if (!x)
    return done{};
  for (auto& task : x->tasks)
    engine_.remove(task.info.container_id, true);
  services_.remove_if([x](const auto& y) { return &y == x; });
  return done{};
}

caf::expected<std::vector<service_task>>
fake_swarm::tasks(const std::string& id) {
  auto* x = find(id);
  if (!x)
    return no_such("list the tasks of service", id);
  std::vector<service_task> result;
  for (auto& task : x->tasks) {
    look_at(task);
    result.push_back(task.info);
  }
  return result;
}

} // namespace dw::test
