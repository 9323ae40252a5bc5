#include "actors/deployer.hpp"

#include "actors/deploy_system.hpp"
#include "actors/scheduling.hpp"
#include "messages/interfaces.hpp"
#include "messages/naming.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <condition_variable>
#include <future>
#include <mutex>
#include <utility>

namespace dw {

namespace {

struct system_config : caf::actor_system_config {
  system_config() {
    configure_scheduler(*this);
    dw::add_message_types(*this);
  }
};

service_settings settings_of(const deployer_settings& x) {
  service_settings result;
  result.engine = x.engine;
  result.proxy = x.proxy;
  result.registries = x.registries;
  return result;
}

deploy_report not_accepted(const submit_work& work, caf::error why) {
  deploy_report result;
  result.deploy_id = work.deploy_id;
  result.project = work.spec.project;
  result.stage = work.spec.stage;
  result.action = work.action;
  result.phase = deploy_phase::queued;
  result.error = std::move(why);
  result.tag = work.spec.tag;
  return result;
}

deploy_report refused(const submit_work& work) {
  auto result = not_accepted(
    work, make_failure(errc::cancelled,
                       {.operation = to_string(work.action),
                        .object = work.spec.project + "/" + work.spec.stage,
                        .reply = "the deployer is closed"}));
  result.outcome = deploy_outcome::cancelled;
  return result;
}

// An exception would end the actor, and the report would never be told.
template <class F, class T>
void tell(const F& callback, const T& news) noexcept {
  if (callback)
    callback(news);
}

/// A piece of work and who is told of it.
struct job {
  submit_work work;
  deployer::event_callback on_event;
  deployer::report_callback on_report;
  /// Told when the work is sent.
  std::promise<void> sent;
  /// Called after the last callback.
  std::function<void()> leave;
};

void end(deploy_listener_actor::pointer self, const job& x,
         const deploy_report& report) {
  tell(x.on_report, report);
  x.leave();
  self->quit();
}

// Has a piece of work done, and tells of it.
deploy_listener_actor::behavior_type
reporter(deploy_listener_actor::pointer self,
         const deploy_supervisor_actor& supervisor,
         const std::shared_ptr<job>& x) {
  self->request(supervisor, caf::infinite, deploy_listener_actor{self})
    .then([](done) {}, [](const caf::error&) {}); // as the work's own request
  self->request(supervisor, caf::infinite, x->work)
    .then([=](const deploy_report& report) { end(self, *x, report); },
          [=](caf::error& err) {
            end(self, *x, not_accepted(x->work, std::move(err)));
          });
  x->sent.set_value();
  return {[=](const deploy_event& event) {
            if (event.deploy_id == x->work.deploy_id)
              tell(x->on_event, event);
          },
          [](const deploy_report&) {
            // The answer is the same.
          }};
}

template <class T, class Handle, class... Ts>
caf::expected<T> ask(caf::actor_system& sys, const Handle& whom, Ts... xs) {
  caf::expected<T> result{caf::sec::runtime_error};
  caf::scoped_actor self{sys};
  self->request(whom, caf::infinite, std::move(xs)...)
    .receive([&](T& x) { result = std::move(x); },
             [&](caf::error& err) { result = std::move(err); });
  return result;
}

} // namespace

struct deployer::impl {
  explicit impl(const deployer_settings& settings)
    : system{config}, deploys{system, settings_of(settings)} {
    // nop
  }

  void leave() {
    const std::lock_guard guard{mutex};
    if (--under_way == 0)
      idle.notify_all();
  }

  system_config config;
  caf::actor_system system;
  deploy_system deploys;
  std::mutex mutex;
  std::condition_variable idle;
  size_t under_way = 0;
  bool is_closed = false;
};

deployer::deployer(const deployer_settings& settings)
  : impl_{std::make_unique<impl>(settings)} {
  // nop
}

deployer::~deployer() {
  close();
}

deploy_report deployer::run(submit_work work) {
  auto report = std::make_shared<std::promise<deploy_report>>();
  auto result = report->get_future();
  start(std::move(work), {},
        [report](const deploy_report& x) { report->set_value(x); });
  return result.get();
}

std::string deployer::start(submit_work work, event_callback on_event,
                            report_callback on_report) {
  if (work.deploy_id.empty())
    work.deploy_id = make_instance_id();
  auto id = work.deploy_id;
  auto x = std::make_shared<job>(
    job{std::move(work), std::move(on_event), std::move(on_report), {}, [this] {
          impl_->leave();
        }});
  auto sent = x->sent.get_future();
  // So that `close` cancels what was sent before, and nothing is sent after.
  const std::lock_guard guard{impl_->mutex};
  ++impl_->under_way;
  if (impl_->is_closed) {
    impl_->system.spawn<caf::detached>([x](caf::event_based_actor*) {
      tell(x->on_report, refused(x->work));
      x->leave();
    });
    return id;
  }
  impl_->system.spawn<caf::detached>(reporter, impl_->deploys.supervisor(), x);
  sent.wait();
  return id;
}

void deployer::cancel(const std::string& deploy_id) {
  cancel_work what;
  what.deploy_id = deploy_id;
  if (!deploy_id.empty())
    caf::anon_send(impl_->deploys.supervisor(), std::move(what));
}

stage_status
deployer::status(const std::string& project, const std::string& stage) {
  stage_status result;
  list_containers what;
  what.labels = {{label::project, project}, {label::stage, stage}};
  auto containers = ask<std::vector<container_summary>>(
    impl_->system, impl_->deploys.svc().containers, std::move(what));
  if (!containers) {
    result.error = std::move(containers.error());
    return result;
  }
  auto work = ask<std::vector<deploy_event>>(
    impl_->system, impl_->deploys.supervisor(), list_work{});
  if (!work) {
    result.error = std::move(work.error());
    return result;
  }
  result.containers = std::move(*containers);
  result.work = std::move(*work);
  std::erase_if(result.work, [&](const deploy_event& x) {
    return x.project != project || x.stage != stage;
  });
  return result;
}

void deployer::close() {
  std::unique_lock guard{impl_->mutex};
  impl_->is_closed = true;
  caf::anon_send(impl_->deploys.supervisor(), cancel_work{});
  impl_->idle.wait(guard, [this] { return impl_->under_way == 0; });
}

} // namespace dw
