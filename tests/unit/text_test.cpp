#include "transports/text.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace dw;

BOOST_AUTO_TEST_CASE(control_characters_do_not_get_through) {
  BOOST_TEST(clean_text("a\x1b[31mb\r\nc\td\x7f"
                        "e")
             == "a [31mb \nc d e");
  BOOST_TEST(clean_text(std::string_view{"a\0b", 3}) == "a b");
  // CSI as one character of C1.
  BOOST_TEST(clean_text("a\xC2\x9B"
                        "31mb")
             == "a 31mb");
  BOOST_TEST(clean_text("end \n\r\n ") == "end");
  BOOST_TEST(clean_text("") == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf8_is_replaced) {
  BOOST_TEST(clean_text("žluť ✓ 🙂") == "žluť ✓ 🙂");
  BOOST_TEST(clean_text("a\xFF"
                        "b\xC3")
             == "a?b?");
  BOOST_TEST(clean_text("\xE2\x9C") == "??");
}

BOOST_AUTO_TEST_CASE(long_text_is_cut_between_characters) {
  BOOST_TEST(clean_text("abcdef", 6) == "abcdef");
  BOOST_TEST(clean_text("abcdefg", 6) == "abcdef...");
  BOOST_TEST(clean_text("aaž", 3) == "aa...");
  BOOST_TEST(clean_text(std::string(1'000'000, 'x')).size()
             == max_reply_text + 3);
}

BOOST_AUTO_TEST_CASE(utf8_is_told_from_other_bytes) {
  for (auto text :
       {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    BOOST_TEST(is_utf8(text), text);
  for (auto text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xEF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xFF"})
    BOOST_TEST(!is_utf8(text));
}

BOOST_AUTO_TEST_CASE(text_is_found_regardless_of_case) {
  BOOST_TEST(contains_text("No such Image: x", "no such image"));
  BOOST_TEST(contains_text("x", ""));
  BOOST_TEST(contains_text("", ""));
  BOOST_TEST(!contains_text("", "x"));
  BOOST_TEST(!contains_text("short", "shorter"));
}

BOOST_AUTO_TEST_CASE(all_but_unreserved_characters_are_encoded) {
  BOOST_TEST(percent_encode("aZ09-._~") == "aZ09-._~");
  BOOST_TEST(percent_encode("a b/c?d=e&f+g:%")
             == "a%20b%2Fc%3Fd%3De%26f%2Bg"
                "%3A%25");
  BOOST_TEST(percent_encode(std::string_view{"\0\xFFž", 4}) == "%00%FF%C5%BE");
}
