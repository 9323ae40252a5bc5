#include "main/work_view.hpp"

#include "actors/follow_work.hpp"
#include "messages/error.hpp"

#include <caf/atom.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstdio>
#include <future>
#include <map>
#include <mutex>
#include <unistd.h>

namespace dw {

using namespace std::chrono_literals;

namespace {

constexpr auto tick_interval = 200ms;

// What runs now, readable from the thread that gets the signals.
class running_work {
public:
  void set(const deploy_event& x) {
    std::lock_guard guard{mutex_};
    phases_[x.project + "/" + x.stage] = x.phase;
  }

  void erase(const std::string& stage) {
    std::lock_guard guard{mutex_};
    phases_.erase(stage);
  }

  std::map<std::string, deploy_phase> snapshot() {
    std::lock_guard guard{mutex_};
    return phases_;
  }

private:
  std::mutex mutex_;
  std::map<std::string, deploy_phase> phases_; // guarded by mutex_
};

// -- the actor that watches the work ------------------------------------------

using tick_atom = caf::atom_constant<caf::atom("tick")>;
using stop_atom = caf::atom_constant<caf::atom("interrupt")>;

using view_actor
  = caf::typed_actor<caf::reacts_to<deploy_event>,
                     caf::reacts_to<deploy_report>, caf::reacts_to<tick_atom>,
                     caf::reacts_to<stop_atom>>;

struct view_state {
  static inline const char* name = "work-view";

  // Not an aggregate: CAF would initialize the first member with the actor.
  view_state() = default;

  work_source_actor source;
  work_printer* printer = nullptr;
  running_work* running = nullptr;
  size_t open = 0;
  work_result result;
  std::vector<exit_status> statuses;
  std::promise<work_result> done;
};

using self_pointer = view_actor::stateful_pointer<view_state>;

void finish_one(self_pointer self, exit_status status) {
  auto& st = self->state;
  st.statuses.push_back(status);
  if (--st.open > 0)
    return;
  st.result.status = gravest(st.statuses);
  st.done.set_value(std::move(st.result));
  self->quit();
}

void submit(self_pointer self, submit_work work) {
  auto& st = self->state;
  auto stage = work.spec.project + "/" + work.spec.stage;
  // The work has its own deadline, and its undoing another one.
  self->request(st.source, caf::infinite, std::move(work))
    .then(
      [self, stage](deploy_report& report) {
        auto& state = self->state;
        state.running->erase(stage);
        state.printer->on_report(report);
        auto status = status_of(report);
        state.result.reports.push_back(std::move(report));
        finish_one(self, status);
      },
      [self, stage](caf::error& err) {
        self->state.printer->on_refusal(stage, err);
        finish_one(self, status_of(err));
      });
}

view_actor::behavior_type
view(self_pointer self, const work_source_actor& source, work_printer* printer,
     running_work* running, std::vector<submit_work> work,
     const std::shared_ptr<std::promise<work_result>>& done) {
  auto& st = self->state;
  st.source = source;
  st.printer = printer;
  st.running = running;
  st.open = work.size();
  st.done = std::move(*done);
  follow_work(self, source);
  for (auto& x : work)
    submit(self, std::move(x));
  return {
    [self](const deploy_event& event) {
      self->state.running->set(event);
      self->state.printer->on_event(event);
    },
    [](const deploy_report&) {
      // nop: the answers are told, and this process has no other work
    },
    [self](tick_atom) {
      self->state.printer->on_tick();
      self->delayed_send(self, tick_interval, tick_atom::value);
    },
    [self](stop_atom) {
      self->state.printer->on_notice(
        "interrupted: undoing what has not succeeded yet; interrupt again to "
        "leave at once");
      self->request(self->state.source, caf::infinite, cancel_work{})
        .then([](const dw::done&) {}, [](caf::error&) {});
    },
  };
}

// Where work that is left alone now may have left something.
[[noreturn]] void leave_at_once(running_work& running, bool goes_on) {
  for (const auto& [stage, phase] : running.snapshot()) {
    if (goes_on)
      std::fprintf(stderr,
                   "%s was %s: the server goes on with it.\n"
                   "  docker-watcher history %s shows how it ends.\n",
                   stage.c_str(), to_string(phase).c_str(), stage.c_str());
    else
      std::fprintf(
        stderr,
        "%s was %s: a container of the new version, or an old one "
        "that is not stopped, may be left.\n"
        "  docker-watcher status %s shows them; the next deploy of it "
        "tidies up.\n",
        stage.c_str(), to_string(phase).c_str(), stage.c_str());
  }
  _exit(static_cast<int>(exit_status::interrupted));
}

} // namespace

work_result run_work(caf::actor_system& sys, const work_source_actor& source,
                     bool goes_on, interrupts& signals, work_printer& printer,
                     std::vector<submit_work> work) {
  if (work.empty())
    return {};
  running_work now;
  auto done = std::make_shared<std::promise<work_result>>();
  auto result = done->get_future();
  // It begins with its first message: work that is under way can be
  // interrupted.
  auto watcher = sys.spawn<caf::lazy_init>(view, source, &printer, &now,
                                           std::move(work), done);
  signals.handle([watcher, &now, goes_on](int count) {
    if (count > 1)
      leave_at_once(now, goes_on);
    caf::anon_send(watcher, stop_atom::value);
  });
  caf::anon_send(watcher, tick_atom::value);
  auto value = result.get();
  signals.handle(
    [](int) { _exit(static_cast<int>(exit_status::interrupted)); });
  return value;
}

} // namespace dw
