#include "bench/sim/engine.hpp"

#include "bench/sim/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace dw::sim {

namespace {

constexpr auto project_label = "docker-watcher.project";
constexpr auto stage_label = "docker-watcher.stage";

// Where Linux takes ports from if nobody asks for a certain one.
constexpr uint16_t first_port = 32768;
constexpr uint16_t end_of_ports = 61000;

// A number that looks like an id and is never given twice.
std::string make_id(size_t engine, uint64_t number) {
  auto mixed = (number + 1) * 0x9e3779b97f4a7c15ull;
  return fmt::format("{:016x}{:016x}{:016x}{:016x}", mixed, number, engine,
                     ~mixed);
}

std::string value_of(const std::map<std::string, std::string>& map,
                     const std::string& key) {
  auto i = map.find(key);
  return i == map.end() ? "" : i->second;
}

// "REPOSITORY:TAG" of what a container is created from, which may have a
// digest.
std::string without_digest(const std::string& reference) {
  return reference.substr(0, reference.find('@'));
}

// Whether the image's tag begins with a word that says how its app behaves.
bool is_version(const container& c, std::string_view word) {
  auto reference = without_digest(c.image);
  return reference.find(":" + std::string{word}) != std::string::npos;
}

} // namespace

// -- port_pool ----------------------------------------------------------------

uint16_t port_pool::take() {
  if (next_ == 0)
    next_ = first_port;
  for (auto tries = end_of_ports - first_port; tries > 0; --tries) {
    auto port = next_++;
    if (next_ == end_of_ports)
      next_ = first_port;
    if (!taken_[port]) {
      taken_[port] = true;
      return port;
    }
  }
  return 0;
}

void port_pool::give_back(uint16_t port) {
  taken_[port] = false;
}

void port_pool::reset() {
  taken_.reset();
  next_ = first_port;
}

// -- engine -------------------------------------------------------------------

engine::engine(engine_context& context, size_t number)
  : context_{context}, number_{number} {
  reset();
}

void engine::reset() {
  events_.reset();
  for (auto& [id, c] : containers_)
    halt(*c);
  containers_.clear();
  by_name_.clear();
  by_stage_.clear();
  images_.clear();
  networks_.clear();
  for (const auto* name : {"bridge", "host", "none"})
    networks_.emplace(name, make_id(number_, ++last_id_));
}

void engine::count(const char* kind) {
  ++context_.exchanges[kind];
}

container* engine::find(std::string_view id_or_name) {
  std::string key{id_or_name};
  if (auto i = containers_.find(key); i != containers_.end())
    return i->second.get();
  auto i = by_name_.find(key);
  return i == by_name_.end() ? nullptr : i->second;
}

std::string engine::network_name(const std::string& id) const {
  for (const auto& [name, other] : networks_)
    if (other == id || name == id)
      return name;
  return "bridge";
}

void engine::tell(const std::string& action, const container& c,
                  std::map<std::string, std::string> more) {
  more.emplace("image", c.image);
  more.emplace("name", c.name);
  events_.emit(action, c.id, more, c.labels);
}

void engine::read(const connection_ptr& to, int status, std::string body) {
  context_.weather.after(context_.weather.times().read,
                         [to, status, body = std::move(body)] {
                           to->reply(status, engine_headers(), body);
                         });
}

void engine::refuse(const connection_ptr& to, int status,
                    std::string_view message) {
  read(to, status, error_body(message));
}

void engine::change(const connection_ptr& to, const char* kind, double latency,
                    std::function<void()> make_and_reply) {
  count(kind);
  auto& weather = context_.weather;
  auto fails = weather.next_fault(kind);
  weather.after(latency, [&weather, to, fails, f = std::move(make_and_reply)] {
    auto refuse = [&to] {
      to->reply(500, engine_headers(), error_body("simulated failure"));
    };
    weather.befall(fails, to, refuse, f);
  });
}

// -- dispatch -----------------------------------------------------------------

void engine::handle(const connection_ptr& to, const request& x) {
  auto parts = segments_of(x.path);
  if (!parts.empty() && parts.front().starts_with("v1."))
    parts.erase(parts.begin());
  if (parts.empty())
    refuse(to, 404, "page not found");
  else if (parts.front() == "containers")
    handle_containers(to, x, parts);
  else if (parts.front() == "images")
    handle_images(to, x, parts);
  else if (parts.front() == "networks")
    handle_networks(to, x, parts);
  else
    handle_system(to, x, parts);
}

void engine::handle_system(const connection_ptr& to, const request& x,
                           const path& parts) {
  if (parts.front() == "_ping") {
    count("ping");
    to->reply(200, engine_headers(), "OK");
  } else if (parts.front() == "version") {
    static const auto body = to_text(recorded_body("docker/version"));
    count("version");
    read(to, 200, body);
  } else if (parts.front() == "info") {
    static const auto body = to_text(recorded_body("docker/info"));
    count("info");
    read(to, 200, body);
  } else if (parts.front() == "events") {
    count("events");
    events_.subscribe(to, x.query);
  } else {
    refuse(to, 404, "page not found");
  }
}

void engine::handle_containers(const connection_ptr& to, const request& x,
                               const path& parts) {
  if (parts.size() < 2)
    refuse(to, 404, "page not found");
  else if (parts.size() == 2 && parts[1] == "json")
    list(to, x);
  else if (parts.size() == 2 && parts[1] == "create")
    create(to, x);
  else if (auto* c = find(parts[1]))
    handle_container(to, x, parts, *c);
  else {
    count("not_found");
    refuse(to, 404, fmt::format("No such container: {}", parts[1]));
  }
}

void engine::handle_container(const connection_ptr& to, const request& x,
                              const path& parts, container& c) {
  auto what = parts.size() == 3 ? parts[2] : std::string_view{};
  if (what == "json") {
    count("inspect");
    context_.weather.after(context_.weather.times().read, [this, to,
                                                           id = c.id] {
      auto* found = find(id);
      std::string body;
      if (found != nullptr)
        put_inspection(body, *found, network_name(found->network_id));
      else
        body = error_body("No such container: " + id);
      to->reply(found != nullptr ? 200 : 404, engine_headers(), body);
    });
  } else if (what == "start") {
    start(to, c);
  } else if (what == "stop") {
    stop(to, c);
  } else if (what == "restart") {
    restart(to, c);
  } else if (what == "rename") {
    rename(to, x, c);
  } else if (what == "logs") {
    send_log(to, x);
  } else if (parts.size() == 2 && x.method == verb::delete_) {
    remove(to, x, c);
  } else {
    refuse(to, 404, "page not found");
  }
}

// -- containers ---------------------------------------------------------------

void engine::list(const connection_ptr& to, const request& x) {
  count("container_list");
  auto wanted = filter_values(parameter_of(x.query, "filters"), "label");
  std::map<std::string, std::string> labels;
  for (const auto& y : wanted) {
    auto equals = std::min(y.find('='), y.size());
    labels.emplace(y.substr(0, equals),
                   y.substr(std::min(equals + 1, y.size())));
  }
  auto all = parameter_of(x.query, "all");
  std::string body;
  auto put = [&](const container& c) {
    auto fits = [&](const auto& label) {
      auto i = c.labels.find(label.first);
      return i != c.labels.end()
             && (label.second.empty() || i->second == label.second);
    };
    if ((c.state != "running" && (all.empty() || all == "0" || all == "false"))
        || !std::all_of(labels.begin(), labels.end(), fits))
      return;
    body += body.empty() ? "[" : ",";
    put_list_entry(body, c, network_name(c.network_id));
  };
  auto project = value_of(labels, project_label);
  auto stage = value_of(labels, stage_label);
  if (!project.empty() && !stage.empty()) {
    auto i = by_stage_.find({project, stage});
    if (i != by_stage_.end())
      for (const auto* c : i->second)
        put(*c);
  } else {
    for (const auto& [id, c] : containers_)
      put(*c);
  }
  read(to, 200, body.empty() ? "[]\n" : body + "]\n");
}

void engine::create(const connection_ptr& to, const request& x) {
  change(to, "create", context_.weather.times().create, [this, to, x] {
    json body;
    if (body.Parse(x.body.c_str()).HasParseError() || !body.IsObject()
        || !body.HasMember("Image"))
      return to->reply(400, engine_headers(), error_body("invalid JSON"));
    auto c = std::make_unique<container>();
    c->image = body["Image"].GetString();
    if (!images_.contains(c->image)
        && !images_.contains(without_digest(c->image))
        && c->image != image_id())
      return to->reply(404, engine_headers(),
                       error_body("No such image: " + c->image));
    c->id = make_id(number_, ++last_id_);
    c->name = parameter_of(x.query, "name");
    if (auto i = by_name_.find(c->name); i != by_name_.end())
      return to->reply(
        409, engine_headers(),
        error_body(fmt::format(
          "Conflict. The container name \"/{}\" is already in use by container "
          "\"{}\". You have to remove (or rename) that container to be able to "
          "reuse that name.",
          c->name, i->second->id)));
    auto text = [&](const char* key, const char* otherwise) -> std::string {
      return body.HasMember(key) ? to_text(body[key]) : otherwise;
    };
    c->labels_json = text("Labels", "{}");
    c->env_json = text("Env", "[]");
    c->host_json = text("HostConfig", "{}");
    c->aliases_json = "null";
    if (body.HasMember("Labels") && body["Labels"].IsObject())
      for (const auto& y : body["Labels"].GetObject())
        c->labels.emplace(y.name.GetString(), y.value.GetString());
    if (body.HasMember("HostConfig")) {
      const auto& host = body["HostConfig"];
      if (host.HasMember("NetworkMode"))
        c->network_id = host["NetworkMode"].GetString();
      if (host.HasMember("PortBindings") && host["PortBindings"].IsObject()
          && host["PortBindings"].MemberCount() > 0)
        c->container_port = static_cast<uint16_t>(
          std::stoi(host["PortBindings"].MemberBegin()->name.GetString()));
    }
    c->created = last_created_ = std::max(
      last_created_ + 1, std::chrono::duration_cast<std::chrono::seconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count());
    auto reply = fmt::format("{{\"Id\":\"{}\",\"Warnings\":[]}}\n", c->id);
    tell("create", *c);
    by_name_[c->name] = c.get();
    by_stage_[{value_of(c->labels, project_label),
               value_of(c->labels, stage_label)}]
      .push_back(c.get());
    containers_.emplace(c->id, std::move(c));
    to->reply(201, engine_headers(), reply);
  });
}

void engine::start(const connection_ptr& to, container& c) {
  change(to, "start", context_.weather.times().start, [this, to, id = c.id] {
    auto* found = find(id);
    if (found == nullptr)
      return to->reply(404, engine_headers(),
                       error_body("No such container: " + id));
    if (found->state == "running")
      return to->reply(304, engine_headers(), {});
    if (!run(*found))
      return to->reply(500, engine_headers(),
                       error_body("all ports are allocated"));
    to->reply(204, engine_headers(), {});
  });
}

bool engine::run(container& c) {
  if (c.container_port != 0) {
    c.host_port = context_.ports.take();
    if (c.host_port == 0)
      return false;
  }
  c.state = "running";
  c.health = "starting";
  c.exit_code = 0;
  auto starts = ++c.starts;
  tell("start", c);
  if (is_version(c, "exits"))
    end(c, 3);
  context_.weather.after(context_.weather.times().healthy,
                         [this, id = c.id, starts] {
                           find_out_health(id, starts);
                         });
  return true;
}

void engine::find_out_health(const std::string& id, uint64_t starts) {
  auto* c = find(id);
  if (c == nullptr || c->state != "running" || c->starts != starts)
    return;
  c->health = is_version(*c, "sick") ? "unhealthy" : "healthy";
  tell("health_status: " + c->health, *c);
}

void engine::halt(container& c) {
  if (c.host_port != 0)
    context_.ports.give_back(std::exchange(c.host_port, uint16_t{0}));
  if (c.state == "running")
    c.state = "exited";
}

void engine::end(container& c, int exit_code) {
  halt(c);
  c.exit_code = exit_code;
  tell("die", c, {{"exitCode", std::to_string(exit_code)}});
}

void engine::stop(const connection_ptr& to, container& c) {
  change(to, "stop", context_.weather.times().stop, [this, to, id = c.id] {
    auto* found = find(id);
    if (found == nullptr)
      return to->reply(404, engine_headers(),
                       error_body("No such container: " + id));
    if (found->state != "running")
      return to->reply(304, engine_headers(), {});
    tell("kill", *found, {{"signal", "15"}});
    end(*found, 0);
    tell("stop", *found);
    to->reply(204, engine_headers(), {});
  });
}

void engine::restart(const connection_ptr& to, container& c) {
  auto& times = context_.weather.times();
  change(to, "restart", times.stop + times.start, [this, to, id = c.id] {
    auto* found = find(id);
    if (found == nullptr)
      return to->reply(404, engine_headers(),
                       error_body("No such container: " + id));
    if (found->state == "running")
      end(*found, 0);
    if (!run(*found))
      return to->reply(500, engine_headers(),
                       error_body("all ports are allocated"));
    tell("restart", *found);
    to->reply(204, engine_headers(), {});
  });
}

void engine::remove(const connection_ptr& to, const request& x, container& c) {
  auto force = parameter_of(x.query, "force");
  auto forced = force == "1" || force == "true";
  change(to, "remove", context_.weather.times().stop,
         [this, to, id = c.id, forced] {
           auto* found = find(id);
           if (found == nullptr)
             return to->reply(404, engine_headers(),
                              error_body("No such container: " + id));
           if (found->state == "running" && !forced)
             return to->reply(
               409, engine_headers(),
               error_body(
                 "You cannot remove a running container " + id
                 + ". Stop the container before attempting removal or force "
                   "remove"));
           if (found->state == "running")
             end(*found, 137);
           forget(*found);
           to->reply(204, engine_headers(), {});
         });
}

void engine::forget(container& c) {
  tell("destroy", c);
  by_name_.erase(c.name);
  std::erase(by_stage_[{value_of(c.labels, project_label),
                        value_of(c.labels, stage_label)}],
             &c);
  containers_.erase(std::string{c.id});
}

void engine::rename(const connection_ptr& to, const request& x, container& c) {
  change(to, "rename", context_.weather.times().read,
         [this, to, id = c.id, name = parameter_of(x.query, "name")] {
           auto* found = find(id);
           if (found == nullptr)
             return to->reply(404, engine_headers(),
                              error_body("No such container: " + id));
           if (by_name_.contains(name))
             return to->reply(409, engine_headers(),
                              error_body("Conflict. The container name \"/"
                                         + name + "\" is already in use"));
           by_name_.erase(found->name);
           tell("rename", *found, {{"oldName", "/" + found->name}});
           found->name = name;
           by_name_[name] = found;
           to->reply(204, engine_headers(), {});
         });
}

void engine::send_log(const connection_ptr& to, const request& x) {
  count("logs");
  constexpr std::string_view line = "listening on 8080\n";
  std::string frame{'\1', '\0', '\0', '\0', '\0', '\0', '\0'};
  frame += static_cast<char>(line.size());
  frame += line;
  to->begin_stream(200, "Api-Version: 1.41\r\n");
  to->send_chunk(frame);
  // It has nothing more to say.
  if (auto follow = parameter_of(x.query, "follow");
      follow != "1" && follow != "true")
    to->end_stream();
}

// -- images and networks ------------------------------------------------------

void engine::handle_images(const connection_ptr& to, const request& x,
                           const path& parts) {
  if (parts.size() == 2 && parts[1] == "create") {
    pull(to, x);
    return;
  }
  if (parts.size() < 3 || parts.back() != "json") {
    refuse(to, 404, "page not found");
    return;
  }
  count("image_inspect");
  std::string reference;
  for (size_t i = 1; i + 1 < parts.size(); ++i)
    reference += (i == 1 ? "" : "/") + std::string{parts[i]};
  if (!images_.contains(reference)) {
    refuse(to, 404,
           fmt::format("no such image: {0}: No such image: {0}", reference));
    return;
  }
  auto end = reference.find('@');
  auto tag = end == std::string::npos ? reference.rfind(':') : end;
  read(to, 200,
       image_inspection(reference.substr(0, tag), end == std::string::npos
                                                    ? reference.substr(tag + 1)
                                                    : "latest"));
}

void engine::pull(const connection_ptr& to, const request& x) {
  count("pull");
  auto reference = parameter_of(x.query, "fromImage");
  if (auto tag = parameter_of(x.query, "tag"); !tag.empty())
    reference += (tag.starts_with("sha256:") ? "@" : ":") + tag;
  if (reference.find(":missing") != std::string::npos) {
    refuse(to, 404,
           fmt::format("manifest for {} not found: manifest unknown: manifest "
                       "unknown",
                       reference));
    return;
  }
  auto fails = context_.weather.next_fault("pull");
  if (fails.what == fault::kind::refuse) {
    refuse(to, 500, "received unexpected HTTP status: 503 Service Unavailable");
    return;
  }
  auto is_new = !images_.contains(reference);
  to->begin_stream(200, engine_headers());
  if (fails.what == fault::kind::close) {
    to->send_chunk(pull_lines(is_new).front());
    to->drop();
    return;
  }
  if (fails.what == fault::kind::hold) {
    fails.is_done = false;
    context_.weather.befall(fails, to, {}, {});
    return;
  }
  send_pull(to, reference, 0, is_new);
}

void engine::send_pull(const connection_ptr& to, const std::string& reference,
                       size_t line, bool is_new) {
  const auto& lines = pull_lines(is_new);
  auto pause
    = context_.weather.times().pull / static_cast<double>(lines.size());
  if (pause <= 0) {
    for (const auto& x : lines)
      to->send_chunk(x);
    line = lines.size();
  }
  if (line == lines.size()) {
    images_.insert(reference);
    to->end_stream();
    return;
  }
  to->send_chunk(lines[line]);
  context_.weather.after(pause, [this, to, reference, line, is_new] {
    send_pull(to, reference, line + 1, is_new);
  });
}

void engine::handle_networks(const connection_ptr& to, const request& x,
                             const path& parts) {
  if (parts.size() == 1) {
    count("network_list");
    // The filter is a regular expression: what comes back is more than asked.
    std::string body;
    for (const auto& [name, id] : networks_) {
      auto wanted = filter_values(parameter_of(x.query, "filters"), "name");
      auto fits = [&](const std::string& filter) {
        return filter == "^" + name + "$"
               || name.find(filter) != std::string::npos;
      };
      if (wanted.empty() || std::any_of(wanted.begin(), wanted.end(), fits))
        body += (body.empty() ? "[" : ",") + network_entry(name, id);
    }
    read(to, 200, body.empty() ? "[]\n" : body + "]\n");
    return;
  }
  if (parts.size() == 2 && parts[1] == "create") {
    count("network_create");
    json body;
    body.Parse(x.body.c_str());
    std::string name = body["Name"].GetString();
    auto [i, is_new] = networks_.try_emplace(name, make_id(number_, last_id_));
    ++last_id_;
    if (is_new)
      read(to, 201,
           fmt::format("{{\"Id\":\"{}\",\"Warning\":\"\"}}\n", i->second));
    else
      refuse(to, 409, fmt::format("network with name {} already exists", name));
    return;
  }
  for (const auto& [name, id] : networks_)
    if (parts.size() == 2 && (parts[1] == name || parts[1] == id)) {
      count("network_inspect");
      read(to, 200, network_entry(name, id) + "\n");
      return;
    }
  refuse(to, 404, fmt::format("network {} not found", parts[1]));
}

} // namespace dw::sim
