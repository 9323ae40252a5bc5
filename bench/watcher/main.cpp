// watcher: the runner that is docker-watcher, embedded as in any program: the
// services of several engines with one registrar, a supervisor per engine.

#include "actors/deploy_supervisor.hpp"
#include "actors/journal.hpp"
#include "actors/scheduling.hpp"
#include "actors/service_factory.hpp"
#include "bench/common/process.hpp"
#include "bench/common/temporary_directory.hpp"
#include "bench/watcher/driver.hpp"
#include "bench/watcher/report.hpp"
#include "bench/watcher/watcher_options.hpp"
#include "messages/error.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>
#include <stdexcept>

namespace {

using namespace dw;
using namespace dw::bench;

engine_endpoint endpoint_of(const std::string& url) {
  engine_endpoint result;
  result.display = url;
  constexpr std::string_view unix_scheme = "unix://";
  if (url.starts_with(unix_scheme)) {
    result.origin.base_url = "http://docker";
    result.origin.socket_path = url.substr(unix_scheme.size());
  } else {
    result.origin.base_url = url;
  }
  return result;
}

std::optional<npm_endpoint> proxy_of(const runner_options& x) {
  if (x.npm.empty())
    return std::nullopt;
  npm_endpoint result;
  result.origin.base_url = x.npm;
  result.base_path = "/api";
  result.identity = x.identity;
  result.password = secret{x.password};
  return result;
}

deploy_spec
spec_of(const runner_options& x, size_t number, const std::string& tag) {
  deploy_spec result;
  result.project = "bench";
  result.stage = fmt::format("s{:06}", number);
  result.image = x.image;
  result.tag = tag;
  result.port = 8080;
  result.network = x.network;
  result.drain = std::chrono::milliseconds{0};
  result.soak = std::chrono::milliseconds{0};
  result.timeout = std::chrono::hours{1};
  if (!x.npm.empty()) {
    result.domains = {result.stage + ".bench.test"};
    result.verify_url = x.traffic;
  }
  return result;
}

journal_store open_journal(const std::string& path) {
  auto key = sealer::from_text(secret{std::string(64, 'a')}, "a benchmark");
  auto result = journal_store::open({path}, std::move(*key));
  if (!result)
    throw std::runtime_error{render(result.error())};
  return std::move(*result);
}

/// All services and supervisors, for as long as the deploys last.
class orchestrator {
public:
  explicit orchestrator(const watcher_options& x) {
    configure_scheduler(config_);
    add_message_types(config_);
    if (x.threads > 0)
      config_.set("scheduler.max-threads", x.threads);
    system_ = std::make_unique<caf::actor_system>(config_);
    service_settings settings;
    settings.proxy = proxy_of(x);
    shared_ = std::make_unique<shared_services>(*system_, settings);
    if (x.journal)
      journal_
        = spawn_journal(*system_, open_journal(directory_.path("journal.db")));
    supervisor_policy policy;
    policy.max_running = x.concurrency;
    for (const auto& url : x.engines) {
      settings.engine = endpoint_of(url);
      engines_.push_back(
        std::make_unique<service_set>(*system_, settings, shared_->handles()));
      auto svc = engines_.back()->handles();
      svc.journal = journal_;
      supervisors_.emplace_back(
        system_->spawn(deploy_supervisor, std::move(svc), policy));
    }
  }

  ~orchestrator() {
    for (const auto& x : supervisors_)
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
    supervisors_.clear();
    engines_.clear();
    shared_.reset();
    if (journal_)
      caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
    journal_ = nullptr;
    system_.reset(); // before the directory
  }

  orchestrator(const orchestrator&) = delete;
  orchestrator& operator=(const orchestrator&) = delete;

  outcome run(const watcher_options& x) {
    outcome result;
    for (const auto& tag : x.tags)
      add(result, run_round(x, stage_action::deploy, tag));
    if (x.start_again)
      add(result, run_round(x, stage_action::start, x.tags.back()));
    return result;
  }

private:
  outcome run_round(const watcher_options& x, stage_action action,
                    const std::string& tag) {
    std::vector<task> tasks;
    for (size_t i = 0; i < x.deploys; ++i) {
      submit_work work;
      work.action = action;
      work.spec = spec_of(x, i, tag);
      tasks.push_back({supervisors_[i % supervisors_.size()], work});
    }
    return run_all(*system_, std::move(tasks), x.concurrency, x.steps);
  }

  static void add(outcome& to, outcome from) {
    to.failed += from.failed;
    to.elapsed += from.elapsed;
    to.errors.insert(to.errors.end(), from.errors.begin(), from.errors.end());
    to.durations.insert(to.durations.end(), from.durations.begin(),
                        from.durations.end());
    for (const auto& [phase, xs] : from.steps) {
      auto& all = to.steps[phase];
      all.insert(all.end(), xs.begin(), xs.end());
    }
  }

  temporary_directory directory_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<shared_services> shared_;
  std::vector<std::unique_ptr<service_set>> engines_;
  /// Null without --journal.
  journal_actor journal_;
  std::vector<deploy_supervisor_actor> supervisors_;
};

} // namespace

int main(int argc, char** argv) try {
  auto options = read_options(argc, argv);
  // stdout is for the result.
  spdlog::set_default_logger(spdlog::stderr_logger_mt("watcher"));
  raise_file_limit();
  std::string report;
  {
    orchestrator all{options};
    auto idle = resident_kib();
    auto result = all.run(options);
    report = to_json(result, idle);
  }
  std::cout << report << std::endl;
  return 0;
} catch (const std::exception& err) {
  std::cerr << "watcher: " << err.what() << '\n';
  return 1;
}
