#include "actors/journal_store.hpp"

#include "actors/journal_reader.hpp"
#include "actors/journal_schema.hpp"
#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace dw;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

sealer make_sealer(char digit = 'a') {
  auto result = sealer::from_text(secret{std::string(64, digit)}, "a test");
  if (!result)
    throw std::runtime_error{render(result.error())};
  return std::move(*result);
}

submit_work
make_work(const std::string& id, const std::string& stage = "prod") {
  submit_work x;
  x.deploy_id = id;
  x.asked_by = "cli:anna";
  x.spec.project = "shop";
  x.spec.stage = stage;
  x.spec.image = "registry.test/shop";
  x.spec.tag = "1";
  x.spec.env = {{"PASSWORD", secret{"hunter2"}}};
  return x;
}

deploy_report make_report(const submit_work& work, deploy_outcome outcome
                                                   = deploy_outcome::deployed) {
  deploy_report x;
  x.deploy_id = work.deploy_id;
  x.project = work.spec.project;
  x.stage = work.spec.stage;
  x.outcome = outcome;
  x.tag = work.spec.tag;
  x.digest = "sha256:abc";
  if (outcome != deploy_outcome::deployed)
    x.error = make_failure(errc::unhealthy, {.operation = "gate"});
  return x;
}

// Runs `f` in a process of its own. @returns its exit status, or none if it was
// killed.
std::optional<int> in_child(const std::function<int()>& f) {
  auto child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0)
    ::_exit(f());
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  if (!WIFEXITED(status))
    return std::nullopt;
  return WEXITSTATUS(status);
}

struct fixture {
  caf::expected<journal_store> try_open(char key = 'a') const {
    return journal_store::open(settings, make_sealer(key));
  }

  journal_store open() const {
    auto result = try_open();
    if (!result)
      BOOST_FAIL(render(result.error()));
    return std::move(*result);
  }

  template <class... Ts>
  void append(journal_store& store, Ts... xs) {
    std::vector<journal_entry> entries;
    (entries.push_back({std::move(xs), now}), ...);
    if (auto err = store.append(entries))
      BOOST_FAIL(render(err));
  }

  step_begun begin(const std::string& id, deploy_phase phase) const {
    return {id, phase, "1", "sha256:abc", {}, {}};
  }

  // Deploys an image, from its acceptance to its end.
  void deploy(journal_store& store, const std::string& id,
              const std::string& digest, const std::string& stage = "prod") {
    auto work = make_work(id, stage);
    auto report = make_report(work);
    report.digest = digest;
    append(store, work_accepted{work},
           step_begun{
             id, deploy_phase::preparing, "1", digest, {}, {}, work.spec.image},
           work_finished{report});
  }

  // The digests of all images that nothing needs.
  static std::vector<std::string> unneeded(journal_store& store) {
    std::vector<std::string> result;
    for (find_unneeded next;;) {
      auto x = store.unneeded_image(next);
      if (!x) {
        BOOST_TEST((code_of(x.error()) == errc::not_found));
        return result;
      }
      BOOST_TEST(x->names == strings{"registry.test/shop:1"},
                 boost::test_tools::per_element());
      result.push_back(x->digest);
      next.after = x->digest;
    }
  }

  // Changes the database behind our back.
  void change(const std::string& sql) const {
    SQLite::Database{settings.path, SQLite::OPEN_READWRITE}.exec(sql);
  }

  void check_refused(errc code, const std::string& why) const {
    auto result = try_open();
    BOOST_REQUIRE(!result);
    BOOST_TEST(to_string(code_of(result.error())) == to_string(code));
    auto text = render(result.error());
    BOOST_TEST(text.find(why) != std::string::npos, text);
    BOOST_TEST(text.find(settings.path) != std::string::npos, text);
  }

  test::temp_directory directory;
  journal_settings settings{directory.path("journal.db")};
  caf::timestamp now{1'700'000'000s};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_journal, fixture)

// -- what is recorded ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(tells_how_work_went) {
  auto store = open();
  auto work = make_work("d1");
  append(store, work_accepted{work}, begin("d1", deploy_phase::pulling));
  now += 1500ms;
  append(store, begin("d1", deploy_phase::preparing));
  now += 20ms;
  append(store, work_finished{make_report(work)});
  auto record = store.read("d1");
  BOOST_REQUIRE(record);
  BOOST_TEST(record->work.asked_by == "cli:anna");
  BOOST_TEST(record->work.spec.image == "registry.test/shop");
  BOOST_TEST(record->digest == "sha256:abc");
  BOOST_TEST((*record->finished - record->accepted == 1520ms));
  BOOST_TEST((record->report->outcome == deploy_outcome::deployed));
  BOOST_REQUIRE(record->steps.size() == 2u);
  BOOST_TEST((record->steps[0].phase == deploy_phase::pulling));
  BOOST_TEST((record->steps[0].duration == 1500ms));
  BOOST_TEST((record->steps[1].duration == 20ms));
  BOOST_TEST((record->steps[1].outcome == step_outcome::done));
}

BOOST_AUTO_TEST_CASE(tells_which_step_failed_and_why) {
  auto store = open();
  auto work = make_work("d1");
  auto undo = begin("d1", deploy_phase::undoing);
  undo.failure = make_failure(errc::unhealthy, {});
  append(store, work_accepted{work}, begin("d1", deploy_phase::gating), undo,
         work_finished{make_report(work, deploy_outcome::failed)});
  auto record = store.read("d1");
  BOOST_REQUIRE(record);
  BOOST_TEST((record->steps[0].outcome == step_outcome::failed));
  BOOST_TEST((record->steps[1].outcome == step_outcome::done));
  BOOST_TEST((code_of(record->report->error) == errc::unhealthy));
}

BOOST_AUTO_TEST_CASE(lists_the_latest_work_first) {
  auto store = open();
  for (const auto* id : {"d1", "d2", "d3"})
    append(store, work_accepted{make_work(id)});
  append(store, work_accepted{make_work("e1", "test")});
  auto all = store.history({});
  BOOST_REQUIRE(all);
  BOOST_REQUIRE(all->size() == 4u);
  BOOST_TEST(all->front().work.deploy_id == "e1");
  auto two = store.history({"shop", "prod", 2});
  BOOST_REQUIRE(two);
  BOOST_REQUIRE(two->size() == 2u);
  BOOST_TEST(two->front().work.deploy_id == "d3");
  auto none = store.read("d9");
  BOOST_REQUIRE(!none);
  BOOST_TEST((code_of(none.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(keeps_the_latest_of_each_stage_and_what_deployed_last) {
  settings.keep = 2;
  auto store = open();
  auto finish = [&](const std::string& id, const std::string& stage,
                    deploy_outcome outcome) {
    auto work = make_work(id, stage);
    append(store, work_accepted{work}, begin(id, deploy_phase::pulling),
           work_finished{make_report(work, outcome)});
  };
  finish("other", "test", deploy_outcome::failed);
  for (const auto* id : {"d1", "d2", "d3"})
    finish(id, "prod", deploy_outcome::deployed);
  for (const auto* id : {"f1", "f2", "f3"})
    finish(id, "prod", deploy_outcome::failed);
  auto history = store.history({});
  BOOST_REQUIRE(history);
  std::string kept;
  for (const auto& x : *history)
    kept += x.work.deploy_id + " ";
  BOOST_TEST(kept == "f3 f2 d3 d2 other ");
}

// -- images -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_image_is_needed_for_as_long_as_the_history_has_it) {
  settings.keep = 2;
  auto store = open();
  deploy(store, "d1", "sha256:a");
  deploy(store, "d2", "sha256:b");
  BOOST_TEST(unneeded(store).empty());
  deploy(store, "d3", "sha256:c");
  BOOST_TEST(unneeded(store) == strings{"sha256:a"},
             boost::test_tools::per_element());
  deploy(store, "d4", "sha256:a");
  BOOST_TEST(unneeded(store) == strings{"sha256:b"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_image_of_several_stages_is_needed_by_each) {
  settings.keep = 2;
  auto store = open();
  deploy(store, "d1", "sha256:a");
  deploy(store, "t1", "sha256:a", "test");
  for (const auto* id : {"d2", "d3"})
    deploy(store, id, "sha256:b");
  BOOST_TEST(unneeded(store).empty());
  for (const auto* id : {"t2", "t3"})
    deploy(store, id, "sha256:b", "test");
  BOOST_TEST(unneeded(store) == strings{"sha256:a"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_image_is_given_away_that_accepted_work_may_want) {
  settings.keep = 2;
  auto store = open();
  for (const auto* digest : {"sha256:a", "sha256:b", "sha256:c"})
    deploy(store, digest, digest);
  auto work = make_work("next", "test");
  append(store, work_accepted{work});
  BOOST_TEST(unneeded(store).empty()); // its tag may point to any of them
  auto step = begin("next", deploy_phase::preparing);
  step.digest = "sha256:a";
  append(store, step);
  BOOST_TEST(unneeded(store).empty());
  append(store, work_finished{make_report(work, deploy_outcome::failed)});
  BOOST_TEST(unneeded(store) == strings{"sha256:a"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_image_that_was_removed_is_not_told_again) {
  settings.keep = 2;
  auto store = open();
  for (const auto* digest : {"sha256:a", "sha256:b", "sha256:c"})
    deploy(store, digest, digest);
  append(store, image_removed{"sha256:a"}, image_removed{"sha256:c"});
  BOOST_TEST(unneeded(store).empty());
  // One that is needed was pulled again, whatever is said of it.
  deploy(store, "d4", "sha256:d");
  deploy(store, "d5", "sha256:e");
  BOOST_TEST((unneeded(store) == strings{"sha256:b", "sha256:c"}));
}

BOOST_AUTO_TEST_CASE(an_image_that_nobody_pulled_is_not_given_away) {
  settings.keep = 2;
  auto store = open();
  for (const auto* id : {"d1", "d2", "d3"}) {
    auto work = make_work(id);
    auto step = begin(id, deploy_phase::preparing);
    step.digest = std::string{"sha256:"} + id;
    auto report = make_report(work);
    report.digest = step.digest;
    append(store, work_accepted{work}, step, work_finished{report});
  }
  BOOST_TEST(unneeded(store).empty());
}

BOOST_AUTO_TEST_CASE(images_of_a_journal_of_version_1_are_known_as_well) {
  settings.keep = 2;
  {
    SQLite::Database db{settings.path,
                        SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    BOOST_REQUIRE(!migrate(db, settings.path, journal_migrations().first(1)));
    auto insert = [&](const std::string& digest, const std::string& spec) {
      db.exec("INSERT INTO work VALUES (NULL, '" + digest
              + "', 'shop', 'prod', 'deploy', '', '', 0, '', '" + spec
              + "', '', '1', '" + digest + "', '', 0, 0, 'failed', '')");
    };
    insert("sha256:a", R"({"image":"registry.test/shop","pull":"always"})");
    insert("sha256:b", R"({"image":"registry.test/shop","pull":"never"})");
    insert("sha256:c", "damaged");
  }
  auto store = open();
  for (const auto* digest : {"sha256:x", "sha256:y", "sha256:z"})
    deploy(store, digest, digest);
  BOOST_TEST((unneeded(store) == strings{"sha256:a", "sha256:x"}));
}

// -- writing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_batch_is_written_whole_or_not_at_all) {
  auto store = open();
  std::array<journal_entry, 2> batch{
    journal_entry{work_accepted{make_work("d1")}, now},
    journal_entry{begin("unknown", deploy_phase::pulling), now}};
  auto err = store.append(batch);
  BOOST_TEST((code_of(err) == errc::conflict));
  BOOST_TEST(store.history({})->empty());
  append(store, work_accepted{make_work("d1")});
  BOOST_TEST(store.history({})->size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_id_is_not_used_twice) {
  auto store = open();
  auto work = make_work("d1");
  append(store, work_accepted{work}, work_finished{make_report(work)});
  journal_entry again{work_accepted{work}, now};
  BOOST_TEST((code_of(store.append({&again, 1})) == errc::conflict));
  journal_entry end{work_finished{make_report(work)}, now};
  BOOST_TEST((code_of(store.append({&end, 1})) == errc::conflict));
}

// -- what is unfinished -------------------------------------------------------

BOOST_AUTO_TEST_CASE(tells_after_a_restart_what_is_unfinished) {
  {
    auto store = open();
    auto routing = begin("d2", deploy_phase::routing);
    routing.container_id = "c2";
    auto done = make_work("d1");
    append(store, work_accepted{done}, work_finished{make_report(done)},
           work_accepted{make_work("d2")}, begin("d2", deploy_phase::pulling),
           routing, work_accepted{make_work("d3")});
  }
  auto store = open();
  auto left = store.unfinished();
  BOOST_REQUIRE(left);
  BOOST_REQUIRE(left->size() == 2u);
  const auto& first = left->front();
  BOOST_TEST(first.work.deploy_id == "d2");
  BOOST_TEST((first.work.spec == make_work("d2").spec)); // with its secrets
  BOOST_TEST((first.phase == deploy_phase::routing));
  BOOST_TEST(first.container_id == "c2");
  BOOST_TEST(!first.was_committed);
  BOOST_TEST(!first.problem);
  BOOST_TEST((left->back().phase == deploy_phase::queued));
}

BOOST_AUTO_TEST_CASE(resumed_work_keeps_what_it_did_before) {
  auto store = open();
  auto work = make_work("d1");
  append(store, work_accepted{work}, begin("d1", deploy_phase::draining));
  now += 1h;
  work.action = stage_action::retire;
  append(store, work_accepted{work}, begin("d1", deploy_phase::preparing));
  BOOST_TEST(store.unfinished()->front().was_committed);
  append(store, work_finished{make_report(work)});
  auto record = store.read("d1");
  BOOST_REQUIRE(record);
  BOOST_TEST((record->work.action == stage_action::deploy));
  BOOST_REQUIRE(record->steps.size() == 2u);
  BOOST_TEST((record->steps[0].outcome == step_outcome::interrupted));
  BOOST_TEST(!record->steps[0].duration);
  BOOST_TEST((record->steps[1].outcome == step_outcome::done));
}

BOOST_AUTO_TEST_CASE(damaged_work_does_not_hide_the_others) {
  auto store = open();
  for (const auto* id : {"d1", "d2", "d3"})
    append(store, work_accepted{make_work(id)});
  change("UPDATE work SET spec = '{\"project\":' WHERE deploy_id = 'd2'");
  auto left = store.unfinished();
  BOOST_REQUIRE(left);
  BOOST_REQUIRE(left->size() == 3u);
  BOOST_TEST(!left->at(0).is_damaged);
  BOOST_TEST(!left->at(2).problem);
  const auto& damaged = left->at(1);
  BOOST_TEST(damaged.is_damaged);
  BOOST_TEST((code_of(damaged.problem) == errc::storage_failed));
  BOOST_TEST(damaged.work.deploy_id == "d2");
  BOOST_TEST(damaged.work.spec.project == "shop");
  BOOST_TEST(damaged.work.spec.stage == "prod");
  // It can be closed.
  append(store,
         work_finished{make_report(damaged.work, deploy_outcome::failed)});
  BOOST_TEST(store.unfinished()->size() == 2u);
}

BOOST_AUTO_TEST_CASE(the_history_shows_what_is_left_of_damaged_work) {
  auto store = open();
  for (const auto* id : {"d1", "d2"}) {
    auto work = make_work(id);
    append(store, work_accepted{work}, work_finished{make_report(work)});
  }
  change("UPDATE work SET spec = '?', report = '?' WHERE deploy_id = 'd1'");
  auto history = store.history({});
  BOOST_REQUIRE(history);
  BOOST_REQUIRE(history->size() == 2u);
  BOOST_TEST(!history->front().report->error);
  const auto& damaged = history->back();
  BOOST_TEST(damaged.work.deploy_id == "d1");
  BOOST_TEST(damaged.work.spec.stage == "prod");
  BOOST_TEST(damaged.tag == "1");
  BOOST_REQUIRE(damaged.report);
  BOOST_TEST((damaged.report->outcome == deploy_outcome::deployed));
  BOOST_TEST((code_of(damaged.report->error) == errc::storage_failed));
}

// -- what came before ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(knows_what_served_before) {
  auto store = open();
  auto deployed = [&](const std::string& id, const std::string& tag) {
    auto work = make_work(id);
    auto report = make_report(work);
    report.tag = tag;
    report.digest = "sha256:" + tag;
    auto routing = begin(id, deploy_phase::routing);
    routing.container_id = "c-" + id;
    append(store, work_accepted{work}, routing, work_finished{report});
  };
  deployed("d1", "v1");
  deployed("d2", "v2");
  deployed("d3", "v2");
  auto failed = make_work("d4");
  auto report = make_report(failed);
  report.outcome = deploy_outcome::failed;
  append(store, work_accepted{failed}, work_finished{report});
  const auto spec = make_work("d1").spec;
  auto earlier = store.earlier({spec.project, spec.stage, {}, "c-d3"});
  BOOST_REQUIRE(earlier);
  BOOST_TEST(earlier->tag == "v1"); // not the same image again
  BOOST_TEST(earlier->digest == "sha256:v1");
  BOOST_TEST((earlier->env == spec.env)); // with its secrets
  BOOST_TEST(store.earlier({spec.project, spec.stage, "v2", "c-d1"})->tag
             == "v2");
  BOOST_TEST(store.earlier({spec.project, spec.stage, {}, "unknown"})->tag
             == "v2");
  auto none = store.earlier({spec.project, spec.stage, "v9", {}});
  BOOST_TEST((code_of(none.error()) == errc::not_found));
  none = store.earlier({spec.project, "other", {}, {}});
  BOOST_TEST((code_of(none.error()) == errc::not_found));
}

// -- secrets ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_file_has_a_secret_in_clear) {
  auto store = open();
  append(store, work_accepted{make_work("d1")});
  auto is_there = false;
  for (const auto& file :
       std::filesystem::directory_iterator{directory.path()}) {
    std::ifstream in{file.path(), std::ios::binary};
    std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    BOOST_TEST(bytes.find("hunter2") == std::string::npos, file.path());
    is_there = is_there || bytes.find("PASSWORD") != std::string::npos;
    struct stat info = {};
    BOOST_REQUIRE(::stat(file.path().c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 077) == 0u, file.path());
  }
  BOOST_TEST(is_there); // the name, which is no secret
  BOOST_TEST(store.read("d1")->work.spec.env[0].value.empty());
}

BOOST_AUTO_TEST_CASE(with_another_key_work_is_known_without_its_secrets) {
  {
    auto store = open();
    append(store, work_accepted{make_work("d1")});
  }
  auto store = try_open('b');
  BOOST_REQUIRE(store);
  auto left = store->unfinished();
  BOOST_REQUIRE(left);
  BOOST_TEST((code_of(left->front().problem) == errc::storage_failed));
  BOOST_TEST(left->front().work.spec.env[0].value.empty());
}

// -- ends that nobody wants ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_killed_writer_loses_nothing_that_was_acknowledged) {
  for (int round = 0; round < 5; ++round) {
    int acknowledged[2];
    BOOST_REQUIRE(::pipe(acknowledged) == 0);
    auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      auto store = open();
      for (uint32_t i = 0;; ++i) {
        auto id = std::to_string(round) + "-" + std::to_string(i);
        append(store, work_accepted{make_work(id)},
               begin(id, deploy_phase::pulling));
        if (::write(acknowledged[1], &i, sizeof(i)) != sizeof(i))
          ::_exit(1);
      }
    }
    ::close(acknowledged[1]);
    uint32_t last = 0;
    // Some appends later, wherever it is by then.
    for (int i = 0; i < 7 + 13 * round; ++i)
      BOOST_REQUIRE(::read(acknowledged[0], &last, sizeof(last))
                    == sizeof(last));
    ::kill(child, SIGKILL);
    while (::read(acknowledged[0], &last, sizeof(last)) == sizeof(last)) {
      // nop
    }
    ::close(acknowledged[0]);
    ::waitpid(child, nullptr, 0);
    auto store = open();
    auto left = store.unfinished();
    BOOST_REQUIRE(left);
    auto prefix = std::to_string(round) + "-";
    std::erase_if(*left, [&](const auto& x) {
      return !x.work.deploy_id.starts_with(prefix);
    });
    // The one that it was at may be there or not, but not in part.
    BOOST_TEST(left->size() >= last + 1u);
    BOOST_TEST(left->size() <= last + 2u);
    for (const auto& x : *left)
      BOOST_TEST((x.phase == deploy_phase::pulling));
  }
}

BOOST_AUTO_TEST_CASE(a_cut_log_loses_its_last_entries_only) {
  auto copy = directory.path("copy.db");
  {
    auto store = open();
    for (int i = 0; i < 20; ++i)
      append(store, work_accepted{make_work("d" + std::to_string(i))});
    // As a power cut leaves them, if the disk had lost a part.
    std::filesystem::copy_file(settings.path, copy);
    std::filesystem::copy_file(settings.path + "-wal", copy + "-wal");
  }
  auto size = std::filesystem::file_size(copy + "-wal");
  std::filesystem::resize_file(copy + "-wal", size - 100);
  settings.path = copy;
  auto store = open();
  auto left = store.unfinished();
  BOOST_REQUIRE(left);
  BOOST_TEST(left->size() == 19u);
  append(store, work_accepted{make_work("next")});
}

BOOST_AUTO_TEST_CASE(a_second_process_is_refused) {
  auto store = open();
  BOOST_TEST((in_child([&] {
                auto second = try_open();
                return !second && code_of(second.error()) == errc::conflict ? 7
                                                                            : 1;
              })
              == 7));
  append(store, work_accepted{make_work("d1")});
}

// -- readers ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_reader_sees_what_another_process_writes) {
  std::array<int, 2> pipe{};
  BOOST_REQUIRE(::pipe(pipe.data()) == 0);
  auto writer = ::fork();
  BOOST_REQUIRE(writer >= 0);
  if (writer == 0) {
    auto store = open();
    for (const auto* id : {"d1", "d2"})
      append(store, work_accepted{make_work(id)});
    if (::write(pipe[1], "x", 1) == 1)
      ::pause();
    ::_exit(1);
  }
  ::close(pipe[1]);
  char byte = 0;
  BOOST_REQUIRE(::read(pipe[0], &byte, 1) == 1);
  ::close(pipe[0]);
  auto check = [this] {
    auto reader = journal_reader::open(settings.path);
    BOOST_REQUIRE(reader);
    auto records = reader->history({});
    BOOST_REQUIRE(records);
    BOOST_REQUIRE(records->size() == 2u);
    BOOST_TEST(records->front().work.deploy_id == "d2");
    BOOST_TEST(records->front().work.asked_by == "cli:anna");
  };
  check();
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  check();
}

BOOST_AUTO_TEST_CASE(a_reader_changes_nothing) {
  {
    auto store = open();
    append(store, work_accepted{make_work("d1")});
  }
  auto reader = journal_reader::open(settings.path);
  BOOST_REQUIRE(reader);
  BOOST_TEST(!!reader->read("d1"));
  auto missing = reader->read("d2");
  BOOST_REQUIRE(!missing);
  BOOST_TEST((code_of(missing.error()) == errc::not_found));
  auto store = open();
  append(store, work_accepted{make_work("d2")});
  BOOST_TEST(!!reader->read("d2"));
}

BOOST_AUTO_TEST_CASE(a_reader_needs_a_journal) {
  auto none = journal_reader::open(settings.path);
  BOOST_REQUIRE(!none);
  BOOST_TEST((code_of(none.error()) == errc::not_found));
  SQLite::Database{settings.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  auto empty = journal_reader::open(settings.path);
  BOOST_REQUIRE(!empty);
  BOOST_TEST(render(empty.error()).find("it has version 0")
             != std::string::npos);
}

// -- files that cannot be used ------------------------------------------------

BOOST_AUTO_TEST_CASE(a_newer_version_is_refused_and_left_alone) {
  open();
  SQLite::Database{settings.path, SQLite::OPEN_READWRITE}.exec(
    "PRAGMA user_version = 99");
  check_refused(errc::storage_failed, "it has version 99");
  SQLite::Database db{settings.path};
  BOOST_TEST(db.execAndGet("PRAGMA user_version").getInt() == 99);
}

BOOST_AUTO_TEST_CASE(the_database_of_another_program_is_refused) {
  SQLite::Database{settings.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}
    .exec("CREATE TABLE song (title TEXT)");
  check_refused(errc::storage_failed, "no journal of docker-watcher");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused) {
  directory.write("journal.db", std::string(8192, 'x'));
  check_refused(errc::storage_failed, "Restore it from a backup");
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_refused) {
  {
    auto store = open();
    for (int i = 0; i < 50; ++i)
      append(store, work_accepted{make_work("d" + std::to_string(i))});
  }
  std::fstream file{settings.path,
                    std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(4096);
  file << std::string(16384, '\x5a');
  file.close();
  check_refused(errc::storage_failed, "Restore it from a backup");
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_told) {
  settings.path = directory.path("no/journal.db");
  check_refused(errc::storage_failed, "directory exists");
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_read_only_is_told) {
  std::filesystem::permissions(directory.path(), std::filesystem::perms{0555});
  BOOST_TEST((in_child([&] {
                constexpr uid_t nobody = 65534;
                if (::geteuid() == 0 && ::setuid(nobody) != 0)
                  return 1;
                auto result = try_open();
                return !result
                           && code_of(result.error()) == errc::storage_failed
                           && render(result.error()).find("may write")
                                != std::string::npos
                         ? 7
                         : 2;
              })
              == 7));
  std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_spoils_nothing) {
  auto small = directory.path("small");
  std::filesystem::create_directory(small);
  settings.path = small + "/journal.db";
  auto status = in_child([&] {
    if (::unshare(CLONE_NEWNS) != 0
        || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
        || ::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=256k") != 0)
      return 77; // not root
    auto store = try_open();
    if (!store)
      return 1;
    size_t written = 0;
    for (;; ++written) {
      journal_entry entry{work_accepted{make_work(std::to_string(written))},
                          now};
      auto err = store->append({&entry, 1});
      if (!err)
        continue;
      if (render(err).find("Free space") == std::string::npos)
        return 2;
      break;
    }
    auto left = store->unfinished();
    return left && left->size() == written && written > 0 ? 7 : 3;
  });
  BOOST_TEST((status == 7 || (status == 77 && ::geteuid() != 0)),
             "status " << status.value_or(-1));
}

// -- versions -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(older_versions_are_brought_up_step_by_step) {
  constexpr std::array first{"CREATE TABLE a (x)"};
  constexpr std::array both{"CREATE TABLE a (x)",
                            "ALTER TABLE a ADD COLUMN y DEFAULT 'new'"};
  SQLite::Database db{settings.path,
                      SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  BOOST_TEST(!migrate(db, settings.path, first));
  db.exec("INSERT INTO a VALUES (1)");
  BOOST_TEST(!migrate(db, settings.path, both));
  BOOST_TEST(!migrate(db, settings.path, both));
  BOOST_TEST(db.execAndGet("SELECT y FROM a").getString() == "new");
  BOOST_TEST(db.execAndGet("PRAGMA user_version").getInt() == 2);
}

BOOST_AUTO_TEST_CASE(a_migration_that_fails_changes_nothing) {
  constexpr std::array bad{"CREATE TABLE a (x)",
                           "CREATE TABLE b (x); nonsense"};
  SQLite::Database db{settings.path,
                      SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  BOOST_CHECK_THROW(migrate(db, settings.path, bad), SQLite::Exception);
  BOOST_TEST(db.execAndGet("PRAGMA user_version").getInt() == 1);
  BOOST_TEST(!db.tableExists("b"));
}

BOOST_AUTO_TEST_SUITE_END()
