#include "main/api/daemon.hpp"

#include "actors/image_pruner.hpp"
#include "actors/reconciler.hpp"
#include "actors/rollout_plan.hpp"
#include "main/api/query.hpp"
#include "main/api/routes.hpp"
#include "main/api/work_log.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/range/adaptor/reversed.hpp>

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <spdlog/spdlog.h>

#include <atomic>
#include <ctime>

namespace dw::api {

namespace {

// What one client may ask for, a second and at once.
constexpr double request_rate = 50;
constexpr double request_burst = 200;
// What a login that fails counts beside, so that nobody guesses many secrets.
constexpr double failed_login_cost = 9;
// Questions that take other servers' time: so many at a time, and so many more
// that wait.
constexpr size_t reader_threads = 4;
constexpr size_t max_questions = 64;

constexpr auto operation = "serve";

std::string name_of(const server_request& x) {
  return clean_text(x.method + " /" + boost::join(x.path, "/"), 200);
}

caf::error refuse(const server_request& request, errc code, std::string reply,
                  std::string hint = {}) {
  return make_failure(code, {.operation = operation,
                             .object = name_of(request),
                             .reply = std::move(reply),
                             .hint = std::move(hint)});
}

void refuse_route(const server_request& request, const responder& out,
                  const route_match& match) {
  if (match.allowed.empty())
    answer_problem(out, 404,
                   refuse(request, errc::not_found, "there is no such route"));
  else
    answer_problem(out, 405,
                   refuse(request, errc::invalid_argument,
                          "this route has " + match.allowed + " only"),
                   {{"Allow", secret{match.allowed}}});
}

void refuse_stranger(const server_request& request, const responder& out) {
  answer_problem(out, 401,
                 refuse(request, errc::unauthorized, "a valid token is needed",
                        "docker-watcher token create makes one."),
                 {{"WWW-Authenticate", secret{"Bearer"}}});
}

notifier_policy make_notifier_policy() {
  notifier_policy result;
  result.now = [] { return int64_t{std::time(nullptr)}; };
  return result;
}

} // namespace

class daemon::reader_pool {
public:
  /// @returns false if there are too many.
  template <class F>
  bool post(F job) {
    if (++open_ > max_questions) {
      --open_;
      return false;
    }
    boost::asio::post(threads_, [this, job = std::move(job)] {
      job();
      --open_;
    });
    return true;
  }

  void join() {
    threads_.join();
  }

private:
  std::atomic<size_t> open_{0};
  boost::asio::thread_pool threads_{reader_threads};
};

daemon::daemon(session& running, std::shared_ptr<const configuration> config,
               token_store tokens, std::shared_ptr<metrics> counters)
  : running_{running}, config_{std::move(config)},
    counters_{std::move(counters)}, tokens_{std::move(tokens)},
    limiter_{request_rate, request_burst}, readers_{
                                             std::make_unique<reader_pool>()} {
  const auto& supervisor = running.supervisor();
  const auto& svc = running.svc();
  spawn(work_log, supervisor);
  spawn(metrics_collector, counters_, supervisor, svc.watch);
  tracker_ = spawn(work_tracker, supervisor, svc.journal,
                   this->config()->engine.display);
  directory_ = spawn(work_directory, supervisor, svc.journal);
  streams_ = spawn(event_streams, supervisor);
  deployer_ = spawn(auto_deployer,
                    auto_deployer_sources{svc.journal, svc.containers,
                                          svc.images, tracker_, svc.nodes});
  auto commands = spawn_command_runner(running.system());
  spawned_.push_back(caf::actor_cast<caf::actor>(commands));
  notifier_ = spawn(notifier, supervisor, svc.journal, svc.http, commands,
                    make_notifier_policy());
  drift_watch_ = spawn(reconciler, svc, supervisor, worker_actor{tracker_},
                       reconciler_policy{});
  running.ask<done>(drift_watch_, drift_listener_actor{streams_});
  if (this->config()->server.prune_images)
    spawn(image_pruner, supervisor, svc.journal, svc.images);
  apply_automation();
}

daemon::~daemon() {
  readers_->join();
  end_actors();
}

void daemon::set_config(std::shared_ptr<const configuration> x) {
  config_.store(std::move(x));
  apply_automation();
  look_after_stages();
}

void daemon::apply_automation() {
  caf::anon_send(deployer_, use_configuration{config()});
  caf::anon_send(notifier_, notify_others{config()->automatic.notifications});
}

void daemon::look_after_stages() {
  auto now = config();
  look_after orders{now->stages, now->server.drift_interval};
  caf::anon_send(drift_watch_, part_of(orders, {}, {}, {}));
  for (const auto& [name, x] : running_.svc().nodes)
    caf::anon_send(x.link, part_of(orders, name, x.publish_on, x.forward_host));
}

void daemon::stop_accepting() {
  accepts_ = false;
  caf::anon_send_exit(drift_watch_, caf::exit_reason::user_shutdown);
  caf::anon_send(deployer_, caf::close_atom::value);
}

void daemon::finish_notifications(std::chrono::milliseconds patience) {
  caf::scoped_actor self{running_.system()};
  self->request(notifier_, caf::duration{patience}, caf::close_atom::value)
    .receive([](const done&) {}, [](const caf::error&) {});
}

void daemon::end_actors() {
  for (const auto& x : spawned_ | boost::adaptors::reversed)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

void daemon::serve(server_request request, responder out) {
  auto to = match(request.method, request.path);
  if (to.found != nullptr && to.found->is_unlimited) {
    call x{std::move(request), {}, std::move(out), {}, scope::read};
    to.found->run(*this, x);
    return;
  }
  auto who = identify(request, tokens_, std::time(nullptr));
  auto client = who ? who->name : "address " + request.peer.address;
  if (!limiter_.admit(client, std::chrono::steady_clock::now())) {
    answer_problem(out, 429, refuse(request, errc::busy, "too many requests"));
    return;
  }
  spdlog::debug("{} asks: {}", client, name_of(request));
  if (to.found == nullptr) {
    refuse_route(request, out, to);
    return;
  }
  auto needed = to.found->needs;
  if (needed && !who) {
    charge_failed_login(client);
    refuse_stranger(request, out);
    return;
  }
  if (needed && who->may < *needed) {
    answer_forbidden(out, operation, name_of(request), *needed);
    return;
  }
  if (auto err = check_query(request, to.found->parameters)) {
    answer_problem(out, err);
    return;
  }
  call x{std::move(request), std::move(to.args), std::move(out),
         std::move(client), who ? who->may : scope::read};
  to.found->run(*this, x);
}

void daemon::charge_failed_login(const std::string& client) {
  limiter_.charge(client, failed_login_cost, std::chrono::steady_clock::now());
}

void daemon::post(call x, std::function<void(const call&)> job) {
  auto shared = std::make_shared<call>(std::move(x));
  if (!readers_->post([shared, job = std::move(job)] { job(*shared); }))
    answer_problem(shared->out, 503,
                   refuse(shared->request, errc::busy,
                          "too many questions are being answered"));
}

void daemon::look_up(
  call x, std::function<caf::expected<std::string>(const call&)> find_answer) {
  post(std::move(x), [find_answer = std::move(find_answer)](const call& y) {
    auto json = find_answer(y);
    if (json)
      answer_json(y.out, 200, std::move(*json));
    else
      answer_problem(y.out, json.error());
  });
}

} // namespace dw::api
