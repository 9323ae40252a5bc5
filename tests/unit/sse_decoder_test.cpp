#include "transports/sse_decoder.hpp"

#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace dw;

namespace {

using events = std::vector<sse_event>;

// Feeds a text in pieces of `size` bytes. @returns all events.
events decode(sse_decoder& decoder, std::string_view text, size_t size) {
  events result;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    auto more = decoder.feed(text.substr(0, size));
    BOOST_REQUIRE(more);
    result.insert(result.end(), more->begin(), more->end());
  }
  return result;
}

// Whatever the pieces are, the events must be the same.
void check(std::string_view text, const events& expected,
           const std::string& last_id = {}) {
  for (size_t size = 1; size <= text.size(); ++size) {
    sse_decoder decoder;
    BOOST_TEST((decode(decoder, text, size) == expected), text);
    BOOST_TEST(decoder.last_id() == last_id);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(an_event_has_a_type_data_and_an_id) {
  check("id: a-1\nevent: report\ndata: {}\n\n", {{"report", "{}"}}, "a-1");
}

BOOST_AUTO_TEST_CASE(an_event_without_a_type_is_a_message) {
  check("data: x\n\n", {{"message", "x"}});
}

BOOST_AUTO_TEST_CASE(lines_of_data_are_joined) {
  check("data: a\ndata\ndata:  b\n\n", {{"message", "a\n\n b"}});
}

BOOST_AUTO_TEST_CASE(lines_end_in_lf_cr_or_both) {
  check("data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n",
        {{"message", "1"}, {"message", "2"}, {"message", "3"}});
  check("data: 1\rdata: 2\n\r\n", {{"message", "1\n2"}});
}

BOOST_AUTO_TEST_CASE(comments_and_unknown_fields_mean_nothing) {
  check(":\n\n: sign of life\nretry: 5\nnonsense\ndata: x\n\n",
        {{"message", "x"}});
}

BOOST_AUTO_TEST_CASE(an_event_without_data_only_moves_the_id) {
  check("id: 7\nevent: nothing\n\n", {}, "7");
  check("event: nothing\n\ndata: x\n\n", {{"message", "x"}});
}

BOOST_AUTO_TEST_CASE(the_id_stays_until_there_is_another) {
  check("id: 1\ndata: a\n\ndata: b\n\n", {{"message", "a"}, {"message", "b"}},
        "1");
  check("id: 1\ndata: a\n\nid\ndata: b\n\n",
        {{"message", "a"}, {"message", "b"}}, "");
}

BOOST_AUTO_TEST_CASE(the_id_counts_when_its_event_is_complete) {
  check("id: 1\ndata: a\n\nid: 2\ndata: b\n", {{"message", "a"}}, "1");
}

BOOST_AUTO_TEST_CASE(an_id_with_nul_is_ignored) {
  check(std::string_view{"id: 1\ndata: a\n\nid: \0002\ndata: b\n\n", 32},
        {{"message", "a"}, {"message", "b"}}, "1");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_skipped) {
  check("\xef\xbb\xbf"
        "data: x\n\n",
        {{"message", "x"}});
}

BOOST_AUTO_TEST_CASE(a_stream_without_an_end_of_event_has_none) {
  check("data: x\n", {});
}

BOOST_AUTO_TEST_CASE(an_event_that_is_too_long_ends_the_stream) {
  for (std::string text : {"data: 0123456789", "data: 01\ndata: 23\ndata: 4"}) {
    sse_decoder decoder{12};
    auto result = decoder.feed(text);
    BOOST_REQUIRE(!result);
    BOOST_TEST((code_of(result.error()) == errc::too_large));
    BOOST_TEST(!decoder.feed("\n\n"));
  }
}
