#pragma once

#include "actors/journal.hpp"
#include "messages/interfaces.hpp"
#include "tests/support/actor_fixture.hpp"
#include "transports/obligation.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dw::test {

/// Stands in for the JOURNAL: takes entries down as words, and answers them
/// when the test says so.
class scripted_journal {
  using impl = journal_actor::extend_with<
    caf::typed_actor<caf::reacts_to<journal_tick>>>;

public:
  explicit scripted_journal(actor_fixture& fixture) : fixture_{fixture} {
    handle_ = fixture.keep(
      fixture.sys.spawn([this](impl::pointer self) -> impl::behavior_type {
        return {
          [this, self](const work_accepted& x) {
            if (on_accepted)
              on_accepted(x.work);
            return take(self, "accepted " + to_string(x.work.action));
          },
          [this, self](const step_begun& x) {
            tags.push_back(x.tag);
            repositories.insert(x.repository);
            return take(self, to_string(x.phase)
                                + (x.failure ? " after a failure" : ""));
          },
          [this, self](const work_finished& x) {
            return take(self, "finished " + to_string(x.report.outcome));
          },
          [this, self](const image_removed& x) {
            unneeded.erase(x.digest);
            return take(self, "removed " + x.digest);
          },
          [](const list_history&) { return std::vector<work_record>{}; },
          [this](const read_work&) { return known; },
          [this](const find_earlier& x) -> caf::result<deploy_spec> {
            questions.push_back(x);
            if (earlier)
              return *earlier;
            return make_failure(errc::not_found, {});
          },
          [this](const find_unneeded& x) -> caf::result<deployed_image> {
            auto i = unneeded.upper_bound(x.after);
            if (i == unneeded.end())
              return make_failure(errc::not_found, {});
            return deployed_image{i->first, i->second};
          },
          [](const list_unfinished&) { return std::vector<unfinished_work>{}; },
          // A promise is kept in the actor's own context only.
          [this](const journal_tick&) {
            auto promise = std::move(held_.front());
            held_.pop_front();
            if (fails_)
              promise.deliver(make_refusal());
            else
              promise.deliver(done{});
          },
        };
      }));
  }

  journal_actor handle() const {
    return handle_;
  }

  /// Answers the entry that waits longest.
  void release_one() {
    caf::anon_send(handle_, journal_tick{});
    fixture_.run();
  }

  /// The same with an error.
  void fail_one() {
    fails_ = true;
    release_one();
    fails_ = false;
  }

  bool is_holding() const {
    return !held_.empty();
  }

  /// Whether entries wait for `release_one`.
  bool holds = false;
  /// The entry that fails; empty for none.
  std::string refused;
  /// With what entries fail.
  errc refusal = errc::storage_failed;
  /// What it says was deployed before, and what it was asked about that.
  std::optional<deploy_spec> earlier;
  std::vector<find_earlier> questions;
  /// The images that nothing needs: their names by digest.
  std::map<std::string, std::vector<std::string>> unneeded;
  /// Called with the work that is accepted; may be empty.
  std::function<void(const submit_work&)> on_accepted;
  /// All that it can be asked for.
  work_record known;
  /// Each entry that came: "accepted deploy", "gating", "finished deployed".
  std::vector<std::string> entries;
  /// The tag of each step.
  std::vector<std::string> tags;
  /// Of all steps.
  std::set<std::string> repositories;

private:
  caf::error make_refusal() const {
    return make_failure(refusal, {.operation = "write to the journal",
                                  .reply = "database or disk is full"});
  }

  caf::result<done> take(impl::pointer self, const std::string& entry) {
    entries.push_back(entry);
    if (entry == refused)
      return make_refusal();
    if (!holds)
      return done{};
    held_.push_back(self->make_response_promise<done>());
    return held_.back();
  }

  actor_fixture& fixture_;
  impl handle_;
  std::deque<caf::typed_response_promise<done>> held_;
  bool fails_ = false;
};

} // namespace dw::test
