#include "main/stage_lock.hpp"

#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <future>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace dw;

namespace {

constexpr auto engine = "unix:///var/run/docker.sock";

deploy_spec make_spec(const std::string& stage = "prod") {
  deploy_spec result;
  result.project = "shop";
  result.stage = stage;
  return result;
}

struct fixture {
  caf::expected<stage_lock>
  take(const deploy_spec& spec, const std::string& whose = engine) {
    return stage_lock::take(whose, spec, folder);
  }

  /// The file of a lock that was taken and given back.
  std::filesystem::path make_lock_file() {
    BOOST_REQUIRE(static_cast<bool>(take(make_spec())));
    return std::filesystem::directory_iterator {
      folder
      } -> path();
  }

  /// Another process that holds the lock until it is killed.
  /// @returns its id, once it holds it.
  pid_t spawn_holder(const deploy_spec& spec) {
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    auto child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      auto lock = take(spec);
      char ok = lock ? 'y' : 'n';
      if (::write(ready[1], &ok, 1) != 1)
        ::_exit(1);
      for (;;)
        ::pause();
    }
    char answer = 0;
    auto n = ::read(ready[0], &answer, 1);
    ::close(ready[0]);
    ::close(ready[1]);
    BOOST_REQUIRE(n == 1);
    BOOST_REQUIRE(answer == 'y');
    return child;
  }

  static void kill(pid_t child) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }

  test::temp_directory directory;
  std::string folder = directory.path("locks");
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_lock_of_a_stage, fixture)

BOOST_AUTO_TEST_CASE(has_one_holder_and_tells_the_other_who_it_is) {
  auto first = take(make_spec());
  BOOST_REQUIRE(first);
  auto second = take(make_spec());
  BOOST_REQUIRE(!second);
  BOOST_TEST(to_string(code_of(second.error())) == "stage_busy");
  BOOST_TEST(render(second.error())
             == "could not lock stage shop/prod: process "
                  + std::to_string(getpid()) + " is working on it");
}

BOOST_AUTO_TEST_CASE(is_free_again_when_its_holder_lets_go) {
  {
    auto first = take(make_spec());
    BOOST_REQUIRE(first);
  }
  BOOST_TEST(static_cast<bool>(take(make_spec())));
}

BOOST_AUTO_TEST_CASE(moves_with_its_holder) {
  auto first = take(make_spec());
  BOOST_REQUIRE(first);
  {
    auto second = std::move(*first);
    BOOST_TEST(!take(make_spec()));
  }
  BOOST_TEST(static_cast<bool>(take(make_spec())));
}

BOOST_AUTO_TEST_CASE(does_not_concern_other_stages_or_engines) {
  auto first = take(make_spec());
  BOOST_REQUIRE(first);
  BOOST_TEST(static_cast<bool>(take(make_spec("staging"))));
  BOOST_TEST(static_cast<bool>(take(make_spec(), "tcp://elsewhere:2376")));
}

BOOST_AUTO_TEST_CASE(does_not_outlive_a_process_that_is_killed) {
  auto child = spawn_holder(make_spec());
  auto busy = take(make_spec());
  BOOST_REQUIRE(!busy);
  BOOST_TEST(failure_of(busy.error()).reply
             == "process " + std::to_string(child) + " is working on it");
  kill(child);
  BOOST_TEST(static_cast<bool>(take(make_spec())));
}

BOOST_AUTO_TEST_CASE(can_be_waited_for) {
  std::optional<stage_lock> first{std::move(*take(make_spec()))};
  std::atomic<bool> is_free{false};
  std::promise<void> waits;
  auto waiter = std::async(std::launch::async, [&] {
    waits.set_value();
    auto lock = stage_lock::wait(engine, make_spec(), folder);
    return static_cast<bool>(lock) && is_free;
  });
  waits.get_future().wait();
  is_free = true;
  first.reset();
  BOOST_TEST(waiter.get());
}

BOOST_AUTO_TEST_CASE(can_be_taken_by_every_user) {
  auto mask = ::umask(077);
  auto first = take(make_spec());
  ::umask(mask);
  BOOST_REQUIRE(first);
  struct stat status {};
  BOOST_REQUIRE(::stat(folder.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777) == 01777u);
  for (const auto& x : std::filesystem::directory_iterator{folder}) {
    BOOST_REQUIRE(::stat(x.path().c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0666u);
  }
}

BOOST_AUTO_TEST_CASE(cannot_be_where_nothing_can_be_written) {
  folder = directory.write("file", "");
  auto lock = take(make_spec());
  BOOST_REQUIRE(!lock);
  auto x = failure_of(lock.error());
  BOOST_TEST(x.operation == "lock stage");
  BOOST_TEST(x.object == "shop/prod");
  BOOST_TEST(x.reply.starts_with(folder + "/shop.prod."), x.reply);
  BOOST_TEST(x.reply.ends_with(": Not a directory"), x.reply);
  BOOST_TEST(x.hint == "Make sure that this user may write there.");
}

BOOST_AUTO_TEST_CASE(does_not_follow_a_link_that_somebody_put_there) {
  auto file = make_lock_file();
  auto victim = directory.write("victim", "content");
  std::filesystem::remove(file);
  std::filesystem::create_symlink(victim, file);
  BOOST_TEST(!take(make_spec()));
  BOOST_TEST(std::filesystem::file_size(victim) == 7u);
}

// Whoever runs us may write where another user may not.
BOOST_AUTO_TEST_CASE(makes_no_file_where_a_link_leads_to) {
  auto elsewhere = directory.path("elsewhere");
  std::filesystem::create_directory(elsewhere);
  std::filesystem::create_directory_symlink(elsewhere, folder);
  BOOST_TEST(!take(make_spec()));
  BOOST_TEST(std::filesystem::is_empty(elsewhere));
}

BOOST_AUTO_TEST_CASE(writes_into_no_file_of_another_name) {
  auto file = make_lock_file();
  auto victim = directory.write("victim", "content");
  std::filesystem::remove(file);
  std::filesystem::create_hard_link(victim, file);
  BOOST_TEST(!take(make_spec()));
  BOOST_TEST(std::filesystem::file_size(victim) == 7u);
}

BOOST_AUTO_TEST_CASE(does_not_wait_for_what_is_no_file) {
  auto file = make_lock_file();
  std::filesystem::remove(file);
  BOOST_REQUIRE(::mkfifo(file.c_str(), 0666) == 0);
  BOOST_TEST(!take(make_spec()));
}

BOOST_AUTO_TEST_SUITE_END()
