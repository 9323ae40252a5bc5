#include "main/api/work_directory.hpp"

#include "actors/harden.hpp"
#include "main/api/problem.hpp"
#include "main/api/query.hpp"
#include "main/json_lines.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace dw::api {

namespace {

using self_pointer
  = work_directory_actor::stateful_pointer<work_directory_state>;

caf::error no_such_work(const call& x) {
  return make_failure(errc::not_found,
                      {.operation = "find deploy",
                       .object = clean_text(x.args.front(), 64),
                       .reply = "there is none with this id"});
}

// The latest events of what has not ended, by id.
using open_work = std::map<std::string, deploy_event>;

// Calls `then(open_work)`.
template <class Then>
void with_open_work(self_pointer self, const call& x, Then then) {
  self->request(self->state.supervisor, caf::infinite, list_work{})
    .then(
      [then](const std::vector<deploy_event>& events) {
        open_work result;
        for (const auto& y : events)
          result.emplace(y.deploy_id, y);
        then(result);
      },
      [out = x.out](caf::error& err) { answer_problem(out, err); });
}

void cancel(self_pointer self, const cancel_call& x) {
  with_open_work(self, x.from, [self, x](const open_work& open) {
    auto i = open.find(x.from.args.front());
    if (i == open.end()) {
      answer_problem(x.from.out, no_such_work(x.from));
      return;
    }
    cancel_work request;
    request.project = i->second.project;
    request.stage = i->second.stage;
    request.deploy_id = i->first;
    self->request(self->state.supervisor, caf::infinite, request)
      .then(
        [x](const done&) { answer_accepted(x.from.out, x.from.args.front()); },
        [x](caf::error& err) { answer_problem(x.from.out, err); });
  });
}

void read(self_pointer self, const read_call& x) {
  with_open_work(self, x.from, [self, x](const open_work& open) {
    self
      ->request(self->state.journal, caf::infinite,
                read_work{x.from.args.front()})
      .then(
        [x, open](const work_record& record) {
          auto i = open.find(record.work.deploy_id);
          answer_json(x.from.out, 200,
                      to_json(record, i == open.end() ? nullptr : &i->second));
        },
        [x](caf::error& err) {
          answer_problem(x.from.out, code_of(err) == errc::not_found
                                       ? no_such_work(x.from)
                                       : err);
        });
  });
}

// The most that a client gets at once.
constexpr int64_t max_listed = 1'000;

void list(self_pointer self, const list_call& x) {
  list_history request;
  auto limit = number_of(x.from.request, "limit", request.limit, max_listed);
  if (!limit) {
    answer_problem(x.from.out, limit.error());
    return;
  }
  request.limit = static_cast<uint32_t>(*limit);
  request.project = x.from.request.parameter("project").value_or("");
  request.stage = x.from.request.parameter("stage").value_or("");
  with_open_work(self, x.from, [self, x, request](const open_work& open) {
    self->request(self->state.journal, caf::infinite, request)
      .then(
        [x, open](const std::vector<work_record>& records) {
          std::vector<std::string> items;
          for (const auto& y : records) {
            auto i = open.find(y.work.deploy_id);
            items.push_back(to_json(y, i == open.end() ? nullptr : &i->second));
          }
          answer_json(x.from.out, 200, list_json(items));
        },
        [x](caf::error& err) { answer_problem(x.from.out, err); });
  });
}

} // namespace

work_directory_actor::behavior_type
work_directory(self_pointer self, deploy_supervisor_actor supervisor,
               journal_actor journal) {
  harden(self);
  self->state.supervisor = std::move(supervisor);
  self->state.journal = std::move(journal);
  return {
    [self](const list_call& x) { list(self, x); },
    [self](const read_call& x) { read(self, x); },
    [self](const cancel_call& x) { cancel(self, x); },
  };
}

} // namespace dw::api
