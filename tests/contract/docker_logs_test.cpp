#include "tests/support/docker_exchange.hpp"
#include "tests/support/pieces.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_streams.hpp"

using namespace dw;
using namespace dw::test;

namespace {

using lines = std::vector<log_line>;

lines decode(const std::vector<std::string_view>& pieces) {
  docker::log_decoder decoder{false, 7};
  lines result;
  for (auto x : pieces) {
    auto more = value_of(decoder.feed(x));
    result.insert(result.end(), more.begin(), more.end());
  }
  auto rest = decoder.finish();
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(both_streams_of_a_log_are_told_apart) {
  auto x = load("logs-multiplexed");
  auto request = value_of(docker::logs(full_id, -1, false, true));
  check_request(x, request, "pr-lg");
  lines expected{
    {7, false, "2026-11-23T15:48:32.340214121Z out1"},
    {7, false, "2026-11-23T15:48:32.340234921Z out2"},
    {7, true, "2026-11-23T15:48:32.340262462Z err1"},
    {7, false, "2026-11-23T15:48:33.341942726Z out3"},
    {7, false, "2026-11-23T15:48:33.342008974Z no newline"},
  };
  for_each_cutting(x.response.body, [&](const auto& pieces) {
    BOOST_TEST((decode(pieces) == expected));
  });
}

BOOST_AUTO_TEST_CASE(a_log_that_is_cut_off_gives_what_there_is) {
  auto bytes = load("logs-multiplexed").response.body;
  auto whole = decode({bytes});
  for (size_t end = 0; end < bytes.size(); ++end) {
    auto cut = decode({std::string_view{bytes}.substr(0, end)});
    BOOST_REQUIRE(cut.size() <= whole.size());
    for (size_t i = 0; i < cut.size(); ++i) {
      auto is_last = i + 1 == cut.size();
      BOOST_TEST(cut[i].is_stderr == whole[i].is_stderr);
      BOOST_TEST((is_last ? whole[i].text.starts_with(cut[i].text)
                          : whole[i].text == cut[i].text));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_log_that_cannot_be_read_says_why) {
  auto request = value_of(docker::logs(full_id, -1, false, false));
  auto none = load("logs-driver-none");
  check_path(none, request, "pr-none");
  check_error(docker::to_error(answer(none, request)), errc::rejected, request,
              none, "configured logging driver does not support reading",
              "log driver");
  auto no_stream = load("logs-no-stream-selected");
  check_path(no_stream, request, "pr-lg");
  check_error(docker::to_error(answer(no_stream, request)), errc::rejected,
              request, no_stream,
              "Bad parameters: you must choose at least one stream", "");
}
