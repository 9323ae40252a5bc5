#include "main/logging.hpp"

#include "actors/log_context.hpp"

#include <boost/test/unit_test.hpp>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

using namespace dw;

namespace {

struct fixture {
  fixture() {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
  }

  ~fixture() {
    spdlog::set_default_logger(nullptr);
  }

  // What was logged, without the time that it begins with.
  std::string logged() {
    auto text = out.str();
    out.str("");
    return text;
  }

  std::ostringstream out;
};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size()
         && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_servers_log, fixture)

BOOST_AUTO_TEST_CASE(is_text_with_the_deploy_it_is_about) {
  log_for_server({log_level::info, log_format::text});
  {
    log_context about{"7de8e90178eb", "shop", "prod"};
    spdlog::warn("pulling: again");
  }
  auto line = logged();
  BOOST_TEST(ends_with(line, "Z warning shop/prod 7de8e90178eb: pulling: "
                             "again\n"),
             line);
  spdlog::info("it runs");
  line = logged();
  BOOST_TEST(ends_with(line, "Z info    it runs\n"), line);
}

BOOST_AUTO_TEST_CASE(is_one_line_whatever_is_in_it) {
  log_for_server({log_level::info, log_format::text});
  spdlog::error("failed\n  because of \x1b[31m");
  auto line = logged();
  BOOST_TEST(ends_with(line, "Z error   failed;   because of ?[31m\n"), line);
}

BOOST_AUTO_TEST_CASE(is_json_with_members_for_the_deploy) {
  log_for_server({log_level::info, log_format::json});
  {
    log_context about{"7de8e90178eb", "shop", "prod"};
    spdlog::info("a \"quote\"\n");
  }
  auto line = logged();
  BOOST_TEST(ends_with(line, R"(Z","level":"info","deploy_id":"7de8e90178eb",)"
                             R"("project":"shop","stage":"prod",)"
                             R"("message":"a \"quote\"\n"})"
                             "\n"),
             line);
}

BOOST_AUTO_TEST_CASE(has_a_level_that_can_change) {
  log_for_server({log_level::error, log_format::text});
  spdlog::info("quiet");
  BOOST_TEST(logged() == "");
  set_log_level(log_level::debug);
  BOOST_TEST(to_string(current_log_level()) == "debug");
  spdlog::debug("loud");
  BOOST_TEST(logged() != "");
}

BOOST_AUTO_TEST_CASE(knows_the_innermost_deploy) {
  BOOST_TEST(log_context::current() == nullptr);
  log_context outer{"1", "a", "b"};
  {
    log_context inner{"2", "c", "d"};
    BOOST_TEST(log_context::current()->deploy_id == "2");
  }
  BOOST_TEST(log_context::current()->deploy_id == "1");
}

BOOST_AUTO_TEST_SUITE_END()
