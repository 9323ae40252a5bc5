// Processes that change the same NPM take turns.

#include "actors/proxy_registrar.hpp"

#include "messages/error.hpp"
#include "tests/support/npm_fixture.hpp"
#include "tests/support/temp_directory.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct lock_folder {
  temp_directory folder;
};

struct fixture : lock_folder, npm_fixture {
  fixture() : npm_fixture{make_endpoint(folder.path())} {
    auto lock
      = file_lock::open(folder.path(), lock_name(make_endpoint(folder.path())));
    if (!lock)
      throw std::runtime_error{render(lock.error())};
    other.emplace(std::move(*lock));
  }

  auto remove(int64_t id, uint64_t ticket = 0) {
    delete_proxy_host what;
    what.options.ticket = ticket;
    what.id = id;
    return begin<done>(what);
  }

  scripted_exchange& on_delete(int64_t id) {
    return on(del, "/" + std::to_string(id));
  }

  /// The lock as another process has it.
  std::optional<file_lock> other;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_turns, fixture)

BOOST_AUTO_TEST_CASE(a_change_waits_until_others_are_done) {
  BOOST_REQUIRE(other->try_lock());
  auto answer = remove(1);
  advance(10s);
  BOOST_TEST(!answer.ready());
  other->unlock();
  on_delete(1).answer(200, "true");
  advance(100ms);
  answer.value();
}

BOOST_AUTO_TEST_CASE(the_turn_lasts_until_the_change_has_its_answer) {
  auto& request = on_delete(1);
  auto answer = remove(1);
  BOOST_TEST(!other->try_lock());
  request.answer(200, "true");
  run();
  answer.value();
  BOOST_TEST(other->try_lock());
}

BOOST_AUTO_TEST_CASE(reads_wait_for_nobody) {
  BOOST_REQUIRE(other->try_lock());
  on_list({});
  BOOST_TEST(bool{ask<std::vector<proxy_host>>(aut, list_proxy_hosts{})});
}

BOOST_AUTO_TEST_CASE(who_has_much_to_do_lets_others_in_between) {
  auto& one = on_delete(1);
  auto first = remove(1);
  auto second = remove(2);
  advance(3s);
  one.answer(200, "true");
  run();
  first.value();
  BOOST_REQUIRE(other->try_lock());
  other->unlock();
  on_delete(2).answer(200, "true");
  advance(100ms);
  second.value();
}

BOOST_AUTO_TEST_CASE(short_changes_share_a_turn) {
  auto& one = on_delete(1);
  auto& two = on_delete(2);
  auto first = remove(1);
  auto second = remove(2);
  one.answer(200, "true");
  run();
  first.value();
  BOOST_TEST(!other->try_lock());
  two.answer(200, "true");
  run();
  second.value();
  BOOST_TEST(other->try_lock());
}

BOOST_AUTO_TEST_CASE(a_change_that_waits_can_be_cancelled) {
  BOOST_REQUIRE(other->try_lock());
  auto answer = remove(1, 7);
  caf::send_as(answer.asker(), aut, cancel{7});
  run();
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
  other->unlock();
  advance(1s);
  BOOST_TEST(other->try_lock());
}

BOOST_AUTO_TEST_CASE(a_lock_tells_who_has_it) {
  BOOST_REQUIRE(other->try_lock());
  auto mine
    = file_lock::open(folder.path(), lock_name(make_endpoint(folder.path())));
  BOOST_REQUIRE(bool{mine});
  BOOST_TEST(!mine->try_lock());
  BOOST_TEST(mine->holder() == std::to_string(::getpid()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_is_an_error) {
  auto lock = file_lock::open("/proc/nowhere", "x");
  BOOST_REQUIRE(!lock);
  BOOST_TEST(failure_of(lock.error()).object == "/proc/nowhere/x");
}

BOOST_AUTO_TEST_SUITE_END()
