#include "main/history_text.hpp"

#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

namespace {

work_record make_record() {
  work_record x;
  x.work.deploy_id = "7de8e90178eb";
  x.work.asked_by = "token ci";
  x.work.spec.project = "shop";
  x.work.spec.stage = "prod";
  x.work.spec.image = "registry.test/shop";
  x.tag = "v2";
  x.digest = "sha256:0123456789abcdef0123456789abcdef";
  x.accepted = caf::timestamp{1'700'000'000s};
  x.steps = {{deploy_phase::pulling, x.accepted, 2'100ms, step_outcome::done},
             {deploy_phase::gating, x.accepted, 900ms, step_outcome::failed}};
  x.finished = x.accepted + 3s;
  x.report = deploy_report{};
  x.report->outcome = deploy_outcome::failed;
  x.report->phase = deploy_phase::gating;
  x.report->error = make_failure(errc::unhealthy, {.operation = "bring up",
                                                   .object = "dw-shop-prod-v2",
                                                   .reply = "its check failed",
                                                   .hint = "Look."});
  x.report->leftovers = {"a container"};
  return x;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_history_has_a_line_for_each_deploy) {
  work_record open;
  open.work = make_record().work;
  open.work.deploy_id = "1";
  open.work.asked_by.clear();
  open.accepted = caf::timestamp{1'700'000'060s};
  BOOST_TEST(
    describe_history({open, make_record()})
    == "DEPLOY        ACCEPTED             STAGE      ACTION  OUTCOME     "
       "TIME   ASKED BY  IMAGE\n"
       "1             2023-11-14 22:14:20  shop/prod  deploy  unfinished  "
       "-      -         registry.test/shop\n"
       "7de8e90178eb  2023-11-14 22:13:20  shop/prod  deploy  failed      "
       "3.0 s  token ci  registry.test/shop:v2@sha256:0123456789ab\n");
}

BOOST_AUTO_TEST_CASE(a_deploy_has_its_steps_and_why_it_failed) {
  BOOST_TEST(describe_work(make_record())
             == "deploy shop/prod\n"
                "deploy    7de8e90178eb\n"
                "asked by  token ci\n"
                "accepted  2023-11-14 22:13:20 UTC\n"
                "image     registry.test/shop:v2\n"
                "digest    sha256:0123456789abcdef0123456789abcdef\n"
                "outcome   failed while gating in 3.0 s\n"
                "  pulling        2.1 s  done\n"
                "  gating         0.9 s  failed\n"
                "  could not bring up dw-shop-prod-v2: its check failed\n"
                "    Look.\n"
                "  left: a container\n");
}

BOOST_AUTO_TEST_CASE(what_has_not_ended_has_no_end) {
  auto x = make_record();
  x.report = caf::none;
  x.finished = caf::none;
  x.steps.back().duration = caf::none;
  x.steps.back().outcome = step_outcome::begun;
  auto text = describe_work(x);
  BOOST_TEST(text.find("outcome   unfinished\n") != std::string::npos, text);
  BOOST_TEST(text.ends_with("  gating             -  begun\n"), text);
}

BOOST_AUTO_TEST_CASE(texts_of_others_cannot_steer_a_terminal) {
  auto x = make_record();
  x.work.asked_by = "token \x1b[31m";
  BOOST_TEST(describe_history({x}).find('\x1b') == std::string::npos);
  BOOST_TEST(describe_work(x).find('\x1b') == std::string::npos);
}
