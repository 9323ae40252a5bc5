#include "bench/peers/floor/engine.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace dw::peer {

namespace {

constexpr std::string_view unix_scheme = "unix://";

origin origin_of(const std::string& url) {
  origin result;
  if (url.starts_with(unix_scheme)) {
    result.url = "http://docker";
    result.socket = url.substr(unix_scheme.size());
  } else {
    result.url = url;
  }
  result.body_headers
    = curl_slist_append(nullptr, "Content-Type: application/json");
  return result;
}

std::string path_of(std::string_view id, std::string_view what) {
  return fmt::format("/containers/{}{}", id, what);
}

// Of a member that there must be.
std::string required_value(const std::string& body, std::string_view key) {
  auto value = value_after(body, key);
  if (value.empty())
    throw std::runtime_error{fmt::format("no {} in: {}", key, body)};
  return std::string{value};
}

} // namespace

engine::engine(http_loop& loop, const std::string& url,
               const std::string& network)
  : loop_{loop}, origin_{origin_of(url)}, stream_{loop},
    network_query_{"/networks?filters="
                   + encoded(R"({"name":["^)" + network + R"($"]})")},
    network_body_{network_body(network)}, network_turn_{loop} {
  // nop
}

engine::~engine() {
  curl_slist_free_all(origin_.body_headers);
}

task<void> engine::connect(exchange& x) {
  const std::string ping = "/_ping";
  co_await x.send(verb::get, origin_, ping);
  struct subscription : std::suspend_always {
    engine& self;
    void await_suspend(std::coroutine_handle<> waiting) const {
      self.subscriber_ = waiting;
      auto filters = encoded(R"({"type":["container"],)"
                             R"("event":["health_status","die"],)"
                             R"("label":["docker-watcher.project=bench"]})");
      curl_easy_setopt(self.stream_.handle(), CURLOPT_HEADERFUNCTION,
                       &on_header);
      curl_easy_setopt(self.stream_.handle(), CURLOPT_HEADERDATA, &self);
      self.stream_.stream(self.origin_, "/events?filters=" + filters, &on_bytes,
                          &self);
    }
  };
  subscription begun{{}, *this};
  co_await begun;
}

task<void> engine::pull(exchange& x, const deploy_data& what) {
  auto colon = what.image.rfind(':');
  auto target = fmt::format("/images/create?fromImage={}&tag={}",
                            encoded(what.image.substr(0, colon)), what.tag);
  const auto& progress = co_await x.send(verb::post, origin_, target);
  if (auto error = value_after(progress, R"("error":")"); !error.empty())
    throw std::runtime_error{fmt::format("pull {}: {}", what.image, error)};
  auto inspection = "/images/" + what.image + "/json";
  co_await x.send(verb::get, origin_, inspection);
}

task<std::string> engine::ensure_network(exchange& x) {
  const auto& found = co_await x.send(verb::get, origin_, network_query_);
  if (auto id = value_after(found, R"("Id":")"); !id.empty())
    co_return std::string{id};
  auto guard = co_await network_turn_.take();
  // Another deploy may have made it since.
  if (new_network_.empty()) {
    const std::string target = "/networks/create";
    const auto& made
      = co_await x.send(verb::post, origin_, target, &network_body_);
    new_network_ = required_value(made, R"("Id":")");
  }
  co_return new_network_;
}

task<std::vector<std::string>>
engine::running(exchange& x, const deploy_data& what) {
  auto filters = fmt::format(R"({{"label":["docker-watcher.project=bench",)"
                             R"("docker-watcher.stage={}"]}})",
                             what.stage);
  auto target = "/containers/json?all=1&filters=" + encoded(filters);
  const auto& list = co_await x.send(verb::get, origin_, target);
  co_return running_ids(list);
}

task<std::string> engine::create(exchange& x, const deploy_data& what,
                                 const std::string& network) {
  auto target = fmt::format("/containers/create?name=dw-bench-{}-{}",
                            what.stage, what.tag);
  auto body = container_body(what, network);
  const auto& made = co_await x.send(verb::post, origin_, target, &body);
  co_return required_value(made, R"("Id":")");
}

task<std::string> engine::start(exchange& x, const std::string& id) {
  struct follower {
    engine& self;
    const std::string& id;
    followed& events;
    ~follower() {
      self.followed_.erase(id);
    }
  };
  follower f{*this, id, followed_[id]};
  auto target = path_of(id, "/start");
  co_await x.send(verb::post, origin_, target);
  co_return co_await wait_until_healthy(x, id, f.events);
}

task<std::string> engine::wait_until_healthy(exchange& x, const std::string& id,
                                             followed& events) {
  struct event : std::suspend_always {
    followed& of;
    bool await_ready() const {
      return of.has_event;
    }
    void await_suspend(std::coroutine_handle<> waiting) const {
      of.waiting = waiting;
    }
  };
  auto target = path_of(id, "/json");
  while (true) {
    events = {};
    const auto& found = co_await x.send(verb::get, origin_, target);
    auto health = value_after(found, R"("Health":{"Status":")");
    if (health == "healthy") {
      if (auto port = host_port(found); !port.empty())
        co_return std::string{port};
      throw std::runtime_error{"the container " + id + " has no host port"};
    }
    if (health != "starting" || value_after(found, R"("Running":)") != "true")
      throw std::runtime_error{"the container " + id
                               + " ended or is not healthy"};
    event next{{}, events};
    co_await next;
  }
}

task<void> engine::stop(exchange& x, const std::string& id) {
  auto target = path_of(id, "/stop?t=30");
  co_await x.send(verb::post, origin_, target);
}

task<void> engine::remove(exchange& x, const std::string& id) {
  auto target = path_of(id, "?force=1");
  co_await x.send(verb::del, origin_, target);
}

// -- events -------------------------------------------------------------------

void engine::on_events(std::string_view bytes) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos;
       end = bytes.find('\n')) {
    if (partial_line_.empty()) {
      on_event(bytes.substr(0, end));
    } else {
      partial_line_ += bytes.substr(0, end);
      on_event(partial_line_);
      partial_line_.clear();
    }
    bytes.remove_prefix(end + 1);
  }
  partial_line_ += bytes;
}

void engine::on_event(std::string_view line) {
  auto i = followed_.find(value_after(line, R"("id":")"));
  if (i == followed_.end())
    return;
  i->second.has_event = true;
  if (auto waiting = std::exchange(i->second.waiting, {}))
    loop_.resume_soon(waiting);
}

size_t engine::on_header(char*, size_t, size_t size, void* data) noexcept {
  auto& self = *static_cast<engine*>(data);
  // The empty line at the end.
  if (size == 2 && self.subscriber_)
    self.loop_.resume_soon(std::exchange(self.subscriber_, {}));
  return size;
}

size_t engine::on_bytes(char* data, size_t, size_t size, void* self) noexcept {
  static_cast<engine*>(self)->on_events({data, size});
  return size;
}

} // namespace dw::peer
