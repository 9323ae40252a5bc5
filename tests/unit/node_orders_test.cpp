// What is refused of what a controller asks, and what is left out of what a
// label says.

#include "actors/node_orders.hpp"

#include "actors/stage_record.hpp"
#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <vector>

using namespace dw;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

submit_work make_work() {
  submit_work x;
  x.deploy_id = "0123456789ab";
  x.spec.project = "shop";
  x.spec.stage = "prod";
  x.spec.image = "shop";
  x.spec.tag = "1";
  return x;
}

using change = std::function<void(deploy_spec&)>;

const std::vector<change> endless{
  [](auto& x) { x.stop_timeout = seconds::max(); },
  [](auto& x) { x.timeout = milliseconds::max(); },
  [](auto& x) { x.drain = milliseconds::max(); },
  [](auto& x) { x.soak = milliseconds::max(); },
  [](auto& x) { x.health.interval = milliseconds::max(); },
  [](auto& x) { x.health.timeout = milliseconds::max(); },
  [](auto& x) { x.health.stable = milliseconds::max(); },
};

std::string reply_of(const caf::error& err) {
  BOOST_REQUIRE(err);
  return failure_of(err).reply;
}

} // namespace

BOOST_AUTO_TEST_CASE(work_without_anything_wrong_is_taken) {
  BOOST_TEST(!check_order(make_work()));
  BOOST_TEST(!check_order(look_after{{make_work().spec}}));
}

BOOST_AUTO_TEST_CASE(a_time_that_no_clock_can_add_is_refused) {
  for (const auto& f : endless) {
    auto work = make_work();
    f(work.spec);
    BOOST_TEST(reply_of(check_order(work))
               == "no time may be longer than a week");
    BOOST_TEST(reply_of(check_order(look_after{{work.spec}}))
               == "no time may be longer than a week");
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_text_is_refused) {
  const std::string nul("a\0b", 3);
  const std::vector<change> changes{
    [](auto& x) {
      x.env = {{"A", secret{"\xFF"}}};
    },
    [&](auto& x) {
      x.env = {{"A", secret{nul}}};
    },
    [](auto& x) {
      x.labels = {{"a", "\xC3"}};
    },
    [&](auto& x) {
      x.labels = {{nul, "a"}};
    },
    [](auto& x) {
      x.command = {"serve", "\xED\xA0\x80"};
    },
    [](auto& x) { x.health.command = {"\xF4\x90\x80\x80"}; },
    [&](auto& x) { x.volumes = {nul}; },
    [](auto& x) { x.network = "\xC0\x80"; },
    [&](auto& x) { x.forward_host = nul; },
  };
  for (const auto& f : changes) {
    auto work = make_work();
    f(work.spec);
    BOOST_TEST(reply_of(check_order(work))
               == "a text in it has a NUL character or is not UTF-8");
  }
}

BOOST_AUTO_TEST_CASE(a_record_with_a_time_that_no_stage_can_have_keeps_others) {
  for (const std::string text : {"9223372036854775807", "-1", "604801"}) {
    deploy_spec before;
    auto spec
      = apply_record(before, R"({"tag":"2","stop_timeout_s":)" + text + "}");
    BOOST_REQUIRE(spec);
    BOOST_TEST(spec->tag == "2");
    BOOST_TEST((spec->stop_timeout == before.stop_timeout));
  }
}
