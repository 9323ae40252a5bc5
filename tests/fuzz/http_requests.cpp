// What a client can send to the server: any bytes, however they are cut, up to
// what a route makes of a request.

#include "main/api/handlers.hpp"
#include "main/api/problem.hpp"
#include "main/api/query.hpp"
#include "main/api/routes.hpp"
#include "main/api/work_request.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/http_server_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <deque>

using namespace dw;
using namespace dw::fuzz;

// The real ones need all actors, which would make each run slow.
namespace dw::api {

void tell_health(daemon&, call&) {
  // nop
}
void tell_readiness(daemon&, call&) {
  // nop
}
void tell_version(daemon&, call&) {
  // nop
}
void tell_metrics(daemon&, call&) {
  // nop
}
void tell_log_level(daemon&, call&) {
  // nop
}
void change_log_level(daemon&, call&) {
  // nop
}
void follow_events(daemon&, call&) {
  // nop
}
void list_deploys(daemon&, call&) {
  // nop
}
void submit_deploy(daemon&, call&) {
  // nop
}
void read_deploy(daemon&, call&) {
  // nop
}
void cancel_deploy(daemon&, call&) {
  // nop
}
void list_stages(daemon&, call&) {
  // nop
}
void read_stage_state(daemon&, call&) {
  // nop
}
void plan_stage(daemon&, call&) {
  // nop
}
void list_routes(daemon&, call&) {
  // nop
}
void tell_drift(daemon&, call&) {
  // nop
}
void receive_push(daemon&, call&) {
  // nop
}
void stream_log(daemon&, call&) {
  // nop
}

} // namespace dw::api

namespace {

/// A connection whose client sends pieces and then nothing more.
class scripted_channel final : public server_channel {
public:
  scripted_channel(server_loop& loop, std::vector<std::string_view> pieces,
                   std::string& output)
    : loop_{loop}, pieces_{pieces.begin(), pieces.end()}, output_{output} {
    // nop
  }

  void handshake(on_done f) override {
    f({});
  }

  void read_some(boost::asio::mutable_buffer into, on_bytes f) override {
    if (pieces_.empty())
      return done(std::move(f), boost::asio::error::eof, 0);
    auto& next = pieces_.front();
    auto size = boost::asio::buffer_copy(
      into, boost::asio::buffer(next.data(), next.size()));
    next.remove_prefix(size);
    if (next.empty())
      pieces_.pop_front();
    done(std::move(f), {}, size);
  }

  void write_some(boost::asio::const_buffer from, on_bytes f) override {
    output_.append(static_cast<const char*>(from.data()), from.size());
    done(std::move(f), {}, from.size());
  }

  void finish(on_done) override {
    // nop
  }

  void close() override {
    // nop
  }

private:
  void done(on_bytes f, error_code problem, size_t size) {
    loop_.post([f = std::move(f), problem, size] { f(problem, size); });
  }

  server_loop& loop_;
  std::deque<std::string_view> pieces_;
  std::string& output_;
};

configuration make_configuration() {
  configuration result;
  result.path = "docker-watcher.yml";
  deploy_spec spec;
  spec.project = "shop";
  spec.stage = "prod";
  spec.image = "shop";
  spec.tag = "1";
  result.stages = {spec};
  return result;
}

void check_path(const server_request& x) {
  for (const auto& segment : x.path)
    require(is_utf8(segment) && segment.find('\0') == std::string::npos,
            "a segment of a path is a text");
  for (const auto& [name, value] : x.query)
    require(is_utf8(name) && is_utf8(value), "a query is text");
}

/// What the routes do before they ask an actor.
void serve(const server_request& request, const responder& out) {
  static const auto config = make_configuration();
  check_path(request);
  auto route = api::match(request.method, request.path);
  if (route.found == nullptr)
    return api::answer_problem(
      out, route.allowed.empty() ? 404 : 405,
      make_failure(errc::not_found, {.operation = "serve", .reply = "no"}));
  for (const auto& x : route.args)
    require(!x.empty(), "a placeholder stands for something");
  auto limit = api::number_of(request, "limit", 50);
  auto follow = api::flag_of(request, "follow");
  auto work = api::parse_work_request(config, request.body);
  for (const auto& err : {api::check_query(request, route.found->parameters),
                          error_of(limit), error_of(follow), error_of(work)})
    if (!is_good(err))
      return api::answer_problem(out, err);
  require(work->spec.project == "shop", "work is for a stage that there is");
  api::answer_accepted(out, "0123456789ab");
}

/// Without those that only say to go on with a body.
size_t count_answers(const std::string& output) {
  constexpr std::string_view version = "HTTP/1.1 ";
  size_t result = 0;
  for (size_t i = 0; i = output.find(version, i), i != std::string::npos; ++i)
    result += output.compare(i + version.size(), 3, "100") == 0 ? 0 : 1;
  return result;
}

/// Has requests served. @returns what they were, which may not depend on the
/// pieces; whether what is cut off at the end is refused or not answered does.
std::string converse(const std::vector<std::string_view>& pieces) {
  std::string seen;
  std::string output;
  size_t served = 0;
  auto is_closed = false;
  server_context context;
  context.serve = [&](const server_request& x, const responder& out) {
    ++served;
    seen += x.method + " " + std::to_string(x.path.size()) + ":";
    for (const auto& segment : x.path)
      seen += segment + "/";
    for (const auto& [name, value] : x.query)
      seen += name + "=" + value + "&";
    for (const auto& header : x.headers)
      seen += header.name + ":" + header.value.reveal() + "\n";
    seen += x.body + "\n";
    serve(x, out);
  };
  context.on_closed = [&is_closed](const auto&) { is_closed = true; };
  // Held until it is closed, as by the server.
  auto connection = std::make_shared<server_connection>(
    context, std::make_unique<scripted_channel>(*context.loop, pieces, output),
    server_peer{});
  connection->start();
  context.loop->io.poll();
  require(is_closed, "a connection is closed when its client has gone");
  auto answers = count_answers(output);
  require(answers == served || answers == served + 1,
          "each request has an answer, and one more if the rest is refused");
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto seed = in.choose(64);
  require_same(converse({in.text()}), converse(cut(in.text(), seed)),
               "requests do not depend on how they are cut");
  return 0;
}
