// The journal, and what deployments and their supervisor tell it.

#include "actors/journal.hpp"

#include "actors/deploy_supervisor.hpp"
#include "actors/journal_reader.hpp"
#include "tests/support/deployment_fixture.hpp"
#include "tests/support/journal_file.hpp"
#include "tests/support/scripted_journal.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <csignal>
#include <stdexcept>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using text = std::vector<std::string>;

// -- the actor on a real store ------------------------------------------------

work_accepted accepted(const std::string& id) {
  work_accepted x;
  x.work.deploy_id = id;
  x.work.spec.project = "shop";
  x.work.spec.stage = "prod";
  return x;
}

struct journal_fixture : actor_fixture {
  journal_fixture() {
    aut = keep(sys.spawn(journal, open_store(directory.path("journal.db")),
                         caf::make_timestamp));
    run();
  }

  temp_directory directory;
  journal_impl aut;
};

/// No file of this process can grow while it exists: what a full disk does.
class full_disk {
public:
  full_disk() : former_{::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &room_);
    const rlimit none{0, room_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }

  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &room_);
    ::signal(SIGXFSZ, former_);
  }

private:
  rlimit room_{};
  sighandler_t former_;
};

// -- what it is told ----------------------------------------------------------

struct recording_fixture : deployment_fixture {
  recording_fixture() {
    for (const auto* tag : {"1", "2", "3"})
      publish(tag);
    auto svc = world.handles();
    svc.journal = scripted.handle();
    aut = keep(sys.spawn(deploy_supervisor, svc, supervisor_policy{}));
    run();
  }

  pending<deploy_report>
  submit(const std::string& tag, stage_action action = stage_action::deploy) {
    auto result
      = request<deploy_report>(aut, submit_work{action, make_spec(tag)});
    run();
    return result;
  }

  deploy_report
  work(const std::string& tag, stage_action action = stage_action::deploy) {
    scripted.entries.clear();
    scripted.tags.clear();
    auto answer = submit(tag, action);
    return wait_for(answer);
  }

  /// A spec that keeps nothing to go back to.
  deploy_spec make_forgetful_spec(const std::string& tag) {
    auto spec = make_spec(tag);
    spec.keep = 0;
    return spec;
  }

  deploy_report work(stage_action action, const deploy_spec& spec) {
    return wait_for(request<deploy_report>(aut, submit_work{action, spec}));
  }

  void check_entries(const text& expected) {
    BOOST_TEST(scripted.entries == expected, boost::test_tools::per_element());
  }

  scripted_journal scripted{*this};
  deploy_supervisor_impl aut;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_journal_actor, journal_fixture)

BOOST_AUTO_TEST_CASE(writes_at_once_what_has_queued_up) {
  auto first = request<done>(aut, accepted("d1"));
  auto second = request<done>(aut, accepted("d2"));
  expect<work_accepted>(aut);
  expect<work_accepted>(aut);
  expect<journal_tick>(aut);
  BOOST_TEST(!has_mail(aut));
  run();
  BOOST_TEST(first.ready());
  BOOST_TEST(second.ready());
  BOOST_TEST(ask<std::vector<work_record>>(aut, list_history{})->size() == 2u);
}

BOOST_AUTO_TEST_CASE(writes_an_end_when_there_is_room_again) {
  BOOST_TEST_REQUIRE(bool{ask<done>(aut, accepted("d1"))});
  work_finished end;
  end.report.deploy_id = "d1";
  {
    const full_disk now;
    auto answer = ask<done>(aut, end);
    BOOST_TEST_REQUIRE(!answer);
    BOOST_TEST((code_of(answer.error()) == errc::storage_failed));
  }
  advance(5s);
  // Another one that reads, for this one writes before it does.
  auto reader = journal_reader::open(directory.path("journal.db"));
  BOOST_TEST_REQUIRE(bool{reader});
  auto history = reader->history({});
  BOOST_TEST_REQUIRE(bool{history});
  BOOST_TEST((history->front().report != caf::none));
}

BOOST_AUTO_TEST_CASE(waits_a_moment_for_company_where_there_was_some) {
  auto alone = request<done>(aut, accepted("d1"));
  run();
  BOOST_TEST(alone.ready());
  auto first = request<done>(aut, accepted("d2"));
  auto second = request<done>(aut, accepted("d3"));
  run();
  BOOST_TEST(second.ready());
  auto later = request<done>(aut, accepted("d4"));
  run();
  BOOST_TEST(!later.ready());
  advance(4ms);
  BOOST_TEST(later.ready());
  auto next = request<done>(aut, accepted("d5"));
  run();
  BOOST_TEST(next.ready()); // it was alone
}

BOOST_AUTO_TEST_CASE(does_not_answer_before_it_has_written) {
  auto answer = request<done>(aut, accepted("d1"));
  expect<work_accepted>(aut);
  BOOST_TEST(!answer.ready());
  run();
  BOOST_TEST(answer.ready());
}

BOOST_AUTO_TEST_CASE(refuses_a_bad_entry_and_writes_those_beside_it) {
  step_begun bad;
  bad.deploy_id = "nobody";
  auto first = request<done>(aut, accepted("d1"));
  auto second = request<done>(aut, bad);
  auto third = request<done>(aut, accepted("d3"));
  run();
  first.value();
  third.value();
  BOOST_TEST((code_of(second.error()) == errc::conflict));
  BOOST_TEST(ask<std::vector<unfinished_work>>(aut, list_unfinished{})->size()
             == 2u);
}

BOOST_AUTO_TEST_CASE(answers_with_what_is_still_queued) {
  auto entry = request<done>(aut, accepted("d1"));
  auto question = request<work_record>(aut, read_work{"d1"});
  run();
  BOOST_TEST(question.value().work.deploy_id == "d1");
  auto unknown = ask<work_record>(aut, read_work{"d2"});
  BOOST_TEST((code_of(unknown.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(knows_of_images_what_is_still_queued) {
  step_begun pulled;
  pulled.deploy_id = "d1";
  pulled.tag = "1";
  pulled.digest = "sha256:a";
  pulled.repository = "registry.test/shop";
  work_finished finished;
  finished.report.deploy_id = "d1";
  finished.report.digest = "sha256:b"; // so that nothing needs the other
  auto first = request<done>(aut, accepted("d1"));
  auto second = request<done>(aut, pulled);
  auto third = request<done>(aut, finished);
  auto unneeded = request<deployed_image>(aut, find_unneeded{});
  run();
  BOOST_TEST(unneeded.value().digest == "sha256:a");
  BOOST_TEST(unneeded.value().names == text{"registry.test/shop:1"},
             boost::test_tools::per_element());
  auto fourth = request<done>(aut, image_removed{"sha256:a"});
  auto none = ask<deployed_image>(aut, find_unneeded{});
  BOOST_TEST((code_of(none.error()) == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(recording, recording_fixture)

BOOST_AUTO_TEST_CASE(a_deploy_is_recorded_from_its_acceptance_to_its_end) {
  BOOST_TEST((work("1").outcome == deploy_outcome::deployed));
  check_entries({"accepted deploy", "pulling", "preparing", "creating",
                 "starting", "gating", "routing", "verifying",
                 "finished deployed"});
  BOOST_TEST((work("2").outcome == deploy_outcome::deployed));
  check_entries({"accepted deploy", "pulling", "preparing", "creating",
                 "starting", "gating", "routing", "verifying", "draining",
                 "retiring", "finished deployed"});
}

BOOST_AUTO_TEST_CASE(only_an_image_that_was_pulled_is_recorded_as_such) {
  work("1");
  BOOST_TEST(scripted.repositories
               == std::set<std::string>{"registry.test/shop"},
             boost::test_tools::per_element());
  scripted.repositories.clear();
  auto spec = make_spec("1");
  spec.pull = pull_policy::never;
  work(stage_action::deploy, spec);
  BOOST_TEST(scripted.repositories == std::set<std::string>{""},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_is_done_before_it_is_recorded) {
  scripted.holds = true;
  auto answer = submit("1");
  for (auto steps = 0; !answer.ready() && steps < 100; ++steps) {
    auto waited = 0s;
    for (; !scripted.is_holding() && waited < 1h; waited += 1s)
      advance(1s);
    BOOST_REQUIRE(scripted.is_holding());
    auto before = world.calls().size();
    advance(1min);
    BOOST_TEST(world.calls().size() == before, scripted.entries.back());
    BOOST_TEST(!answer.ready());
    scripted.release_one();
  }
  BOOST_TEST((answer.value().outcome == deploy_outcome::deployed));
  BOOST_TEST(scripted.entries.back() == "finished deployed");
}

BOOST_AUTO_TEST_CASE(work_that_cannot_be_recorded_is_not_accepted) {
  scripted.refused = "accepted deploy";
  auto answer = submit("1");
  BOOST_TEST((code_of(answer.error()) == errc::storage_failed));
  BOOST_TEST(world.calls().empty());
  BOOST_TEST(ask<std::vector<deploy_event>>(aut, list_work{})->empty());
}

BOOST_AUTO_TEST_CASE(a_step_that_cannot_be_recorded_is_not_begun) {
  work("1");
  scripted.refused = "routing";
  auto ended = work("2");
  BOOST_TEST((ended.outcome == deploy_outcome::failed));
  BOOST_TEST((code_of(ended.error) == errc::storage_failed));
  BOOST_TEST(serving() == 1);
  BOOST_TEST(!world.engine().find(2));
}

BOOST_AUTO_TEST_CASE(what_has_succeeded_does_not_fail_for_want_of_a_record) {
  work("1");
  scripted.refused = "draining";
  auto ended = work("2");
  BOOST_TEST((ended.outcome == deploy_outcome::deployed));
  BOOST_TEST(serving() == 2);
  BOOST_TEST(!container(1).is_running());
}

BOOST_AUTO_TEST_CASE(undoing_is_recorded_with_its_reason_and_needs_no_record) {
  work("1");
  container(1); // must be there
  publish("2", {.dies_with = 1});
  scripted.refused = "undoing after a failure";
  auto ended = work("2");
  BOOST_TEST((ended.outcome == deploy_outcome::failed));
  BOOST_TEST(scripted.entries[scripted.entries.size() - 2]
             == "undoing after a failure");
  BOOST_TEST(scripted.entries.back() == "finished failed");
  BOOST_TEST(!world.engine().find(2));
}

BOOST_AUTO_TEST_CASE(what_runs_at_an_orderly_end_is_left_for_the_next_start) {
  work("1");
  scripted.entries.clear();
  world.inject({"start #2", fault_kind::hold, {}, 0, 1});
  auto answer = submit("2");
  BOOST_TEST(world.is_holding());
  auto before = scripted.entries;
  caf::anon_send_exit(aut, caf::exit_reason::user_shutdown);
  run();
  world.release();
  run();
  advance(60s);
  check_entries(before);
  BOOST_TEST(world.count("remove #2") == 0u);
}

BOOST_AUTO_TEST_CASE(an_end_that_cannot_be_recorded_is_told_as_such) {
  scripted.refused = "finished deployed";
  auto ended = work("1");
  BOOST_TEST((ended.outcome == deploy_outcome::deployed));
  BOOST_REQUIRE(ended.leftovers.size() == 1u);
  BOOST_TEST(ended.leftovers.front().find("disk is full") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_rollback_is_recorded_with_the_tag_that_it_has_chosen) {
  work("1");
  work("2");
  auto ended = work("2", stage_action::rollback);
  BOOST_TEST((ended.outcome == deploy_outcome::deployed));
  BOOST_TEST(scripted.entries[1] == "pulling");
  BOOST_TEST(scripted.tags.front() == "1");
}

BOOST_AUTO_TEST_CASE(the_next_in_the_queue_waits_for_the_record_of_the_end) {
  auto first = submit("1");
  auto second = submit("2");
  scripted.holds = true;
  for (auto waited = 0s; waited < 10min; waited += 1s) {
    advance(1s);
    if (scripted.is_holding() && scripted.entries.back() != "finished deployed")
      scripted.release_one();
  }
  BOOST_TEST(!first.ready());
  auto is_pull_of_2 = [](const auto& x) {
    return x.find("pull registry.test/shop:2") != std::string::npos;
  };
  const auto& calls = world.calls();
  BOOST_TEST(std::none_of(calls.begin(), calls.end(), is_pull_of_2));
  scripted.release_one();
  BOOST_TEST((first.value().outcome == deploy_outcome::deployed));
  BOOST_TEST(scripted.entries.back() == "pulling");
}

BOOST_AUTO_TEST_CASE(what_is_cancelled_before_it_is_recorded_never_runs) {
  scripted.holds = true;
  auto answer = submit("1");
  ask<done>(aut, cancel_work{"shop", "prod"});
  while (scripted.is_holding())
    scripted.release_one();
  BOOST_TEST((answer.value().outcome == deploy_outcome::cancelled));
  check_entries({"accepted deploy", "finished cancelled"});
  BOOST_TEST(world.calls().empty());
}

BOOST_AUTO_TEST_CASE(an_id_that_is_in_use_is_refused) {
  submit_work twice{stage_action::deploy, make_spec("1")};
  twice.deploy_id = "mine";
  auto first = request<deploy_report>(aut, twice);
  run();
  auto second = ask<deploy_report>(aut, twice);
  BOOST_REQUIRE(!second);
  BOOST_TEST((code_of(second.error()) == errc::conflict));
  wait_for(first);
  BOOST_TEST(first.value().deploy_id == "mine");
}

BOOST_AUTO_TEST_CASE(tells_a_rollback_what_no_container_was_kept_of) {
  auto first = make_forgetful_spec("1");
  first.env = {{"COLOR", secret{"blue"}}};
  first.digest = work(stage_action::deploy, first).digest;
  auto second = make_forgetful_spec("2");
  work(stage_action::deploy, second);
  scripted.earlier = first;
  auto end = work(stage_action::rollback, second);
  BOOST_CHECK_MESSAGE(end.outcome == deploy_outcome::deployed,
                      render(end.error));
  BOOST_TEST(end.tag == "1");
  BOOST_TEST(end.digest == first.digest);
  BOOST_TEST((container(serving()).spec.env.front()
              == env_entry{"COLOR", secret{"blue"}}));
  BOOST_TEST(scripted.questions.back().serving != "");
  scripted.earlier.reset();
  end = work(stage_action::rollback, second);
  BOOST_TEST((code_of(end.error) == errc::not_found));
  BOOST_TEST(serving() == 3);
}

BOOST_AUTO_TEST_CASE(goes_back_by_the_way_that_is_configured_now) {
  auto first = make_forgetful_spec("1");
  first.digest = work(stage_action::deploy, first).digest;
  auto second = make_forgetful_spec("2");
  work(stage_action::deploy, second);
  first.domains = {"old.test"};
  scripted.earlier = first;
  work(stage_action::rollback, second);
  BOOST_REQUIRE(!scripted.questions.empty());
  BOOST_TEST(serving() == 3);
  BOOST_TEST(serving("old.test") == 0);
}

BOOST_AUTO_TEST_SUITE_END()
