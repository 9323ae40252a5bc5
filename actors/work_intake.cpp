#include "actors/work_intake.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "actors/same_work.hpp"
#include "messages/error.hpp"

#include <utility>

namespace dw {

namespace {

using self_pointer = work_intake_impl::stateful_pointer<work_intake_state>;
using open_work = work_intake_state::open_work;
using answers = std::vector<obligation<done>>;

// @param answer `done` or an error.
template <class Answer>
void settle_all(answers owed, const Answer& answer) {
  for (auto& x : owed)
    x.settle(Answer{answer});
}

answers close(self_pointer self, const std::string& id) {
  auto node = self->state.open.extract(id);
  return node ? std::move(node.mapped().waiting) : answers{};
}

// What a former process has accepted, or what has ended by now, is refused, and
// is in the journal.
void compare_with_journal(self_pointer self, const submit_work& work,
                          answers owed) {
  auto shared = std::make_shared<answers>(std::move(owed));
  self->request(self->state.journal, caf::infinite, read_work{work.deploy_id})
    .then(
      [work, shared](const work_record& record) {
        if (is_same_work(record.work, work))
          settle_all(std::move(*shared), done{});
        else
          settle_all(std::move(*shared), id_is_taken(work));
      },
      [shared](const caf::error& err) { settle_all(std::move(*shared), err); });
}

void on_refused(self_pointer self, const submit_work& work,
                const caf::error& why) {
  auto owed = close(self, work.deploy_id);
  if (code_of(why) == errc::conflict)
    compare_with_journal(self, work, std::move(owed));
  else
    settle_all(std::move(owed), why);
}

void begin(self_pointer self, const submit_work& work, obligation<done> owed) {
  auto& x = self->state.open[work.deploy_id];
  x.work = work;
  x.waiting.push_back(std::move(owed));
  self->request(self->state.worker, caf::infinite, work)
    .then([self, id = work.deploy_id](
            const deploy_report&) { settle_all(close(self, id), done{}); },
          [self, work](const caf::error& err) { on_refused(self, work, err); });
}

void accept(self_pointer self, const submit_work& work) {
  obligation<done> owed{self->make_response_promise<done>()};
  auto i = self->state.open.find(work.deploy_id);
  if (i == self->state.open.end())
    begin(self, work, std::move(owed));
  else if (!is_same_work(i->second.work, work))
    owed.settle(id_is_taken(work));
  else if (i->second.is_recorded)
    owed.settle(done{});
  else
    i->second.waiting.push_back(std::move(owed));
}

// The first event of a piece of work says that it is recorded.
void on_event(self_pointer self, const deploy_event& event) {
  auto i = self->state.open.find(event.deploy_id);
  if (i == self->state.open.end() || i->second.is_recorded)
    return;
  i->second.is_recorded = true;
  settle_all(std::exchange(i->second.waiting, {}), done{});
}

} // namespace

work_intake_impl::behavior_type
work_intake(self_pointer self, const deploy_supervisor_actor& supervisor,
            worker_actor worker, journal_actor journal) {
  harden(self);
  self->state.worker = std::move(worker);
  self->state.journal = std::move(journal);
  follow_work(self, supervisor);
  return {
    [self](const submit_work& x) -> caf::result<done> {
      accept(self, x);
      return caf::delegated<done>{};
    },
    [self](const deploy_event& x) { on_event(self, x); },
    [](const deploy_report&) {
      // nop: whoever does the work answers
    },
  };
}

} // namespace dw
