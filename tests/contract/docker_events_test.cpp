#include "messages/naming.hpp"
#include "tests/support/docker_exchange.hpp"
#include "tests/support/pieces.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_streams.hpp"

using namespace dw;
using namespace dw::test;

namespace {

using events = std::vector<engine_event>;

events decode(const std::vector<std::string_view>& pieces) {
  docker::event_decoder decoder;
  events result;
  for (auto x : pieces) {
    auto more = value_of(decoder.feed(x));
    result.insert(result.end(), more.begin(), more.end());
  }
  return result;
}

events replay(const std::string& stream) {
  auto whole = decode({stream});
  for_each_cutting(stream, [&](const auto& pieces) {
    BOOST_TEST((decode(pieces) == whole));
  });
  return whole;
}

const std::string container = "cc6dd17328013b20356d2716f61c955e95e227c29ff85c85"
                              "4f7405f3ed0d25c5";

engine_event event(engine_event_kind kind, int64_t time_ns) {
  return {kind, container, "", "", time_ns};
}

const events lifecycle{
  event(engine_event_kind::start, 1795448546754184338),
  event(engine_event_kind::healthy, 1795448547115241049),
  event(engine_event_kind::die, 1795448547413081069),
  event(engine_event_kind::start, 1795448547780781224),
  event(engine_event_kind::die, 1795448547832300254),
  event(engine_event_kind::destroy, 1795448547963517195),
};

} // namespace

BOOST_AUTO_TEST_CASE(the_life_of_a_container_is_followed) {
  auto x = load("events-stream-lifecycle");
  auto request = docker::events(1795448546501887798);
  check_path(x, request);
  auto ours = take_apart(request.target).query;
  auto recorded = take_apart(x.path).query;
  BOOST_TEST(ours.find("since")->second == recorded.find("since")->second);
  BOOST_TEST((replay(x.response.body) == lifecycle));
}

BOOST_AUTO_TEST_CASE(probes_and_networks_are_no_events_of_ours) {
  auto x = load("events-stream-unfiltered");
  check_path(x, docker::events(0));
  BOOST_TEST((replay(x.response.body) == lifecycle));
}

BOOST_AUTO_TEST_CASE(events_carry_our_labels) {
  auto stream = load("events-stream-lifecycle").response.body;
  std::string mark = "\"proxy.app\":\"web\"";
  auto labels = std::string{"\""} + label::project + "\":\"shop\",\""
                + label::stage + "\":\"live\"";
  for (auto i = stream.find(mark); i != std::string::npos;
       i = stream.find(mark, i + 1))
    stream.replace(i, mark.size(), labels);
  auto labelled = lifecycle;
  for (auto& x : labelled) {
    x.project = "shop";
    x.stage = "live";
  }
  BOOST_TEST((replay(stream) == labelled));
}
