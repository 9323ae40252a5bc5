#include "tests/support/fake_engine.hpp"

#include "messages/naming.hpp"
#include "messages/types.hpp"

#include <algorithm>

namespace dw::test {

namespace {

std::string hex_of(int number) {
  auto digits = std::to_string(number);
  return std::string(64 - digits.size(), '0') + digits;
}

caf::error refuse(errc code, int status, std::string operation,
                  std::string object, std::string reply) {
  return make_failure(code, {.operation = std::move(operation),
                             .object = std::move(object),
                             .peer = "Docker Engine",
                             .status = status,
                             .reply = std::move(reply)});
}

caf::error no_such(std::string operation, const std::string& id) {
  return refuse(errc::not_found, 404, std::move(operation), id,
                "No such container: " + id);
}

std::string label_of(const fake_container& x, const char* key) {
  auto i = x.info.labels.find(key);
  return i == x.info.labels.end() ? "" : i->second;
}

std::vector<port_binding> ports_of(const fake_container& x) {
  std::vector<port_binding> result;
  for (const auto& port : x.spec.ports)
    result.push_back({port.container_port, "tcp",
                      x.is_running() ? port.host_ip : "", x.host_port});
  return result;
}

void end(fake_container& x, int64_t code) {
  x.info.state = container_state::exited;
  x.info.exit_code = code;
  x.info.health = health_status::none;
  x.host_port = 0;
}

} // namespace

std::string fake_container::instance_id() const {
  return label_of(*this, label::instance_id);
}

// -- for the test -------------------------------------------------------------

std::string fake_engine::publish(const std::string& reference, fake_app app) {
  auto number = ++last_image_;
  fake_image image;
  image.info.id = "sha256:" + hex_of(number);
  image.info.repo_digests = {reference.substr(0, reference.rfind(':'))
                             + "@sha256:" + hex_of(1000 + number)};
  image.info.exposed_ports = app.exposed;
  if (app.has_check)
    image.info.healthcheck = health_check{{"CMD", "check"}};
  image.app = std::move(app);
  auto& stored = registry_[reference] = std::move(image);
  return stored.info.id;
}

void fake_engine::forget(const std::string& reference) {
  local_.erase(reference);
}

fake_container* fake_engine::find(int number) {
  return find(hex_of(number));
}

fake_container* fake_engine::find(const std::string& id_or_name) {
  for (auto& x : containers_)
    if (x.info.id == id_or_name || x.info.name == id_or_name)
      return &x;
  return nullptr;
}

fake_container* fake_engine::find_at(const std::string& host, uint16_t port) {
  for (auto& x : containers_) {
    if (!x.is_running())
      continue;
    const auto& names = x.spec.aliases;
    auto has_alias = std::find(names.begin(), names.end(), host) != names.end();
    for (const auto& binding : ports_of(x))
      if (has_alias ? binding.container_port == port
                    : binding.host_port == port)
        return &x;
  }
  return nullptr;
}

// -- images and networks ------------------------------------------------------

const fake_engine::fake_image*
fake_engine::find_image(const std::string& wanted) const {
  // With a digest the tag does not count.
  auto reference = wanted;
  auto at = reference.find('@');
  auto tag = reference.find(':', reference.rfind('/', at));
  if (at != std::string::npos && tag < at)
    reference.erase(tag, at - tag);
  for (const auto& [name, image] : local_) {
    const auto& digests = image.info.repo_digests;
    if (name == reference || image.info.id == reference
        || std::find(digests.begin(), digests.end(), reference)
             != digests.end())
      return &image;
  }
  return nullptr;
}

caf::expected<image_info> fake_engine::pull(const std::string& reference) {
  for (const auto& [name, image] : registry_)
    if (name == reference || image.info.repo_digests.front() == reference) {
      local_[name] = image;
      return image.info;
    }
  return refuse(errc::not_found, 404, "pull image", reference,
                "manifest unknown");
}

caf::expected<image_info>
fake_engine::inspect_image(const std::string& reference) {
  if (const auto* image = find_image(reference))
    return image->info;
  return refuse(errc::not_found, 404, "inspect image", reference,
                "No such image: " + reference);
}

caf::expected<network_info>
fake_engine::ensure_network(const std::string& name) {
  networks_.insert(name);
  return network_info{"net-" + name, name, "bridge", ""};
}

// -- containers ---------------------------------------------------------------

caf::expected<std::vector<container_summary>>
fake_engine::list(const std::map<std::string, std::string>& labels) {
  std::vector<container_summary> result;
  for (const auto& x : containers_) {
    auto matches = [&](const auto& y) {
      return y.second.empty() || label_of(x, y.first.c_str()) == y.second;
    };
    if (!std::all_of(labels.begin(), labels.end(), matches))
      continue;
    container_summary summary;
    summary.id = x.info.id;
    summary.name = x.info.name;
    summary.image_id = x.info.image_id;
    summary.state = x.info.state;
    summary.project = label_of(x, label::project);
    summary.stage = label_of(x, label::stage);
    summary.instance_id = label_of(x, label::instance_id);
    summary.labels = x.info.labels;
    summary.ports = ports_of(x);
    summary.created = x.number;
    result.push_back(std::move(summary));
  }
  return result;
}

caf::expected<container_created>
fake_engine::create(const container_spec& spec) {
  if (find(spec.name))
    return refuse(errc::conflict, 409, "create container", spec.name,
                  "The container name is already in use");
  const auto* image = find_image(spec.image);
  if (!image)
    return refuse(errc::not_found, 404, "create container", spec.name,
                  "No such image: " + spec.image);
  fake_container x;
  x.number = ++last_container_;
  x.spec = spec;
  x.app = image->app;
  x.info.id = hex_of(x.number);
  x.info.name = spec.name;
  x.info.image = spec.image;
  x.info.image_id = image->info.id;
  x.info.state = container_state::created;
  x.info.labels = spec.labels;
  x.info.env = spec.env;
  if (x.app.has_check)
    x.info.healthcheck = health_check{{"CMD", "check"}};
  containers_.push_back(std::move(x));
  return container_created{containers_.back().info.id, {}};
}

caf::expected<done> fake_engine::start(const std::string& id) {
  auto* x = find(id);
  if (!x)
    return no_such("start container", id);
  if (x->is_running())
    return done{};
  if (!x->app.can_start) {
    x->info.exit_code = 127;
    return refuse(errc::container_failed, 400, "start container", x->info.name,
                  "exec: \"app\": executable file not found in $PATH");
  }
  x->info.state = container_state::running;
  x->info.exit_code = 0;
  x->info.health = x->app.has_check ? x->app.health : health_status::none;
  x->host_port = ++last_port_;
  if (x->app.dies_with)
    end(*x, *x->app.dies_with);
  return done{};
}

caf::expected<done> fake_engine::stop(const std::string& id) {
  auto* x = find(id);
  if (!x)
    return no_such("stop container", id);
  if (x->is_running())
    end(*x, 143);
  return done{};
}

caf::expected<done> fake_engine::restart(const std::string& id) {
  auto stopped = stop(id);
  return stopped ? start(id) : stopped;
}

caf::expected<done> fake_engine::remove(const std::string& id, bool force) {
  auto* x = find(id);
  if (x && x->is_running() && !force)
    return refuse(errc::conflict, 409, "remove container", x->info.name,
                  "You cannot remove a running container");
  containers_.remove_if([x](const auto& y) { return &y == x; });
  return done{};
}

caf::expected<done>
fake_engine::rename(const std::string& id, const std::string& name) {
  auto* x = find(id);
  if (!x)
    return no_such("rename container", id);
  if (auto* other = find(name); other && other != x)
    return refuse(errc::conflict, 409, "rename container", x->info.name,
                  "The container name is already in use");
  x->info.name = name;
  return done{};
}

caf::expected<done> fake_engine::set_restart_policy(const std::string& id,
                                                    const std::string& policy) {
  auto* x = find(id);
  if (!x)
    return no_such("set the restart policy of container", id);
  x->spec.restart_policy = policy;
  return done{};
}

caf::expected<container_info> fake_engine::inspect(const std::string& id) {
  auto* x = find(id);
  if (!x)
    return no_such("inspect container", id);
  auto info = x->info;
  info.ports = ports_of(*x);
  return info;
}

caf::expected<port_binding>
fake_engine::port(const std::string& id, uint16_t port) {
  auto* x = find(id);
  if (!x)
    return no_such("inspect port of container", id);
  if (!x->is_running())
    return refuse(errc::conflict, 0, "inspect port of container", x->info.name,
                  "it does not run");
  for (const auto& binding : ports_of(*x))
    if (binding.container_port == port)
      return binding;
  return refuse(errc::not_found, 0, "inspect port of container", x->info.name,
                "the port is not published");
}

caf::expected<std::vector<log_line>>
fake_engine::logs(const std::string& id, int64_t tail) {
  auto* x = find(id);
  if (!x)
    return no_such("read the log of container", id);
  std::vector<log_line> result;
  for (const auto& text : x->app.log)
    result.push_back({0, false, text});
  if (tail >= 0 && result.size() > static_cast<size_t>(tail))
    result.erase(result.begin(), result.end() - tail);
  return result;
}

} // namespace dw::test
