#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "tests/support/pieces.hpp"
#include "transports/docker_streams.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace dw;
using namespace dw::docker;
using namespace dw::test;

namespace {

constexpr size_t longest_log_line = 64 * 1024;

// -- lines --------------------------------------------------------------------

caf::error split(line_splitter& lines, std::string_view bytes,
                 std::vector<std::string>& out) {
  return lines.feed(bytes, [&](std::string_view x) -> caf::error {
    out.emplace_back(x);
    return caf::none;
  });
}

// -- pulls --------------------------------------------------------------------

caf::error pull_error(const std::string& stream) {
  pull_decoder decoder{"app:1"};
  auto err = decoder.feed(stream);
  auto end = decoder.finish();
  BOOST_TEST(!err == !end);
  return err;
}

std::string layer_line(const std::string& id, const std::string& status,
                       const std::string& detail = "{}") {
  return R"({"status":")" + status + R"(","progressDetail":)" + detail
         + R"(,"id":")" + id + "\"}\r\n";
}

std::string amount(const std::string& current, const std::string& total) {
  return R"({"current":)" + current + R"(,"total":)" + total + "}";
}

pull_progress progress_after(const std::string& stream) {
  pull_decoder decoder{"app:1"};
  BOOST_TEST(!decoder.feed(stream));
  return decoder.progress();
}

// -- events -------------------------------------------------------------------

std::string
event_line(const std::string& action, const std::string& type = "container") {
  return R"({"Type":")" + type + R"(","Action":")" + action
         + R"(","Actor":{"ID":"c1","Attributes":{"name":"x"}},"timeNano":5})"
         + "\n";
}

// -- logs ---------------------------------------------------------------------

std::string frame(char stream, const std::string& payload) {
  std::string result{stream, 0, 0, 0};
  auto size = payload.size();
  for (auto shift : {24u, 16u, 8u, 0u})
    result += static_cast<char>(size >> shift & 0xFF);
  return result + payload;
}

std::vector<log_line>
decode_log(const std::vector<std::string_view>& pieces, bool tty = false) {
  log_decoder decoder{tty, 3};
  std::vector<log_line> result;
  for (auto x : pieces) {
    auto more = decoder.feed(x);
    BOOST_REQUIRE(more);
    result.insert(result.end(), more->begin(), more->end());
  }
  auto rest = decoder.finish();
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

void check_log(const std::string& stream, const std::vector<log_line>& expected,
               bool tty = false) {
  for_each_cutting(stream, [&](const auto& pieces) {
    BOOST_TEST((decode_log(pieces, tty) == expected));
  });
}

} // namespace

// -- lines --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lines_are_the_same_however_they_arrive) {
  std::string stream = "one\r\ntwo\n\n\r\nthr\ree\n";
  std::vector<std::string> expected{"one", "two", "thr\ree"};
  for_each_cutting(stream, [&](const auto& pieces) {
    line_splitter lines;
    std::vector<std::string> found;
    for (auto x : pieces)
      BOOST_TEST(!split(lines, x, found));
    BOOST_TEST((found == expected));
    BOOST_TEST(lines.rest() == "");
  });
}

BOOST_AUTO_TEST_CASE(a_line_that_is_not_ended_stays) {
  line_splitter lines;
  std::vector<std::string> found;
  BOOST_TEST(!split(lines, "one\ntw", found));
  BOOST_TEST(found.size() == 1u);
  BOOST_TEST(lines.rest() == "tw");
  BOOST_TEST(!split(lines, "o\n", found));
  BOOST_TEST(found.back() == "two");
}

BOOST_AUTO_TEST_CASE(a_line_may_be_as_long_as_the_limit) {
  for_each_cutting("12345678\n123456789\n", [&](const auto& pieces) {
    line_splitter lines{8};
    std::vector<std::string> found;
    caf::error err;
    for (auto x : pieces)
      if (!err)
        err = split(lines, x, found);
    BOOST_TEST(found.size() == 1u);
    BOOST_TEST((code_of(err) == errc::too_large));
  });
}

BOOST_AUTO_TEST_CASE(the_taker_of_lines_can_stop) {
  line_splitter lines;
  size_t count = 0;
  auto err = lines.feed("1\n2\n3\n", [&](std::string_view) -> caf::error {
    if (++count == 2)
      return make_failure(errc::cancelled, {});
    return caf::none;
  });
  BOOST_TEST((code_of(err) == errc::cancelled));
  BOOST_TEST(count == 2u);
}

// -- pulls --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_empty_stream_is_a_clean_end) {
  pull_decoder decoder{"app:1"};
  BOOST_TEST(!decoder.finish());
  BOOST_TEST(decoder.progress().reference == "app:1");
  BOOST_TEST(decoder.digest() == "");
}

BOOST_AUTO_TEST_CASE(a_pull_with_an_endless_line_fails_with_its_context) {
  pull_decoder decoder{"app:1"};
  caf::error err;
  for (auto i = 0; i < 3 && !err; ++i)
    err = decoder.feed(std::string(1024 * 1024, ' '));
  BOOST_TEST_REQUIRE(bool{err});
  auto why = failure_of(err);
  BOOST_TEST(why.operation == "pull image");
  BOOST_TEST(why.object == "app:1");
  BOOST_TEST(why.peer == "Docker Engine");
  BOOST_TEST(why.hint != "");
}

BOOST_AUTO_TEST_CASE(an_error_is_found_in_every_form) {
  const std::pair<const char*, const char*> forms[] = {
    {R"({"errorDetail":{"message":"boom"},"error":"boom"})", "boom"},
    {R"({"errorDetail":{"code":1,"message":"boom"}})", "boom"},
    {R"({"error":"boom"})", "boom"},
    {R"({"status":"x","error":"boom","errorDetail":null})", "boom"},
    {R"({"errorDetail":{}})", ""},
    {R"({"errorDetail":"odd"})", ""},
    {R"({"error":{"odd":1}})", ""},
  };
  for (auto [line, reply] : forms) {
    auto err = pull_error(std::string{line} + "\r\n");
    BOOST_REQUIRE_MESSAGE(err, line);
    BOOST_TEST((code_of(err) == errc::pull_failed));
    BOOST_TEST(failure_of(err).reply == reply);
    BOOST_TEST(failure_of(err).operation == "pull image");
    BOOST_TEST(failure_of(err).object == "app:1");
  }
  BOOST_TEST(!pull_error("{\"error\":null,\"errorDetail\":null}\n"));
}

BOOST_AUTO_TEST_CASE(the_text_of_an_error_says_its_kind) {
  const std::pair<const char*, errc> texts[] = {
    {"unauthorized: authentication required", errc::unauthorized},
    {"pull access denied for x, repository does not exist or may require "
     "'docker login': denied: requested access to the resource is denied",
     errc::unauthorized},
    {"denied: requested access to the resource is denied", errc::forbidden},
    {"manifest for x:1 not found: manifest unknown", errc::not_found},
    {"no matching manifest for linux/arm64/v8 in the manifest list entries",
     errc::not_found},
    {"failed to resolve reference \\\"x:1\\\": x:1: not found",
     errc::not_found},
    {"toomanyrequests: slow down", errc::busy},
    {"error parsing HTTP 429 response body: x", errc::busy},
    {"dial tcp: lookup nowhere.invalid: no such host", errc::busy},
    {"net/http: TLS handshake timeout", errc::busy},
    {"tls: failed to verify certificate: x509: certificate signed by unknown "
     "authority",
     errc::pull_failed},
    {"http: server gave HTTP response to HTTPS client", errc::pull_failed},
    {"write /var/lib/docker/tmp/x: no space left on device", errc::pull_failed},
    // Names within a text do not count.
    {"manifest for x/denied-unauthorized:1 not found: manifest unknown",
     errc::not_found},
    {"something new", errc::pull_failed},
  };
  for (auto [text, code] : texts) {
    auto err = pull_error("{\"errorDetail\":{\"message\":\"" + std::string{text}
                          + "\"}}\r\n");
    BOOST_TEST((code_of(err) == code), text);
  }
}

BOOST_AUTO_TEST_CASE(the_text_of_an_error_is_cleaned_and_cut) {
  auto err = pull_error("{\"error\":\"\\u001b[2Jx\\u0000y"
                        + std::string(10'000, 'z') + "\"}\n");
  auto reply = failure_of(err).reply;
  BOOST_TEST(reply.starts_with(" [2Jx yzzz"));
  BOOST_TEST(reply.size() < 4200u);
}

BOOST_AUTO_TEST_CASE(what_is_no_object_fails_the_pull_for_good) {
  for (auto line : {"[]", "7", "\"x\"", "null", "<html>", "{", "{}{}"}) {
    pull_decoder decoder{"app:1"};
    auto err = decoder.feed(std::string{line} + "\n");
    BOOST_TEST((code_of(err) == errc::bad_reply), line);
    BOOST_TEST(render(decoder.feed("{\"status\":\"fine\"}\n")) == render(err));
    BOOST_TEST(render(decoder.finish()) == render(err));
  }
  BOOST_TEST(
    (code_of(pull_error(std::string(100, '[') + "\n")) == errc::too_large));
  BOOST_TEST(
    (code_of(pull_error(std::string(2'000'000, ' '))) == errc::too_large));
}

BOOST_AUTO_TEST_CASE(odd_members_do_not_fail_a_pull) {
  for (auto line :
       {"{}", R"({"status":null,"id":null,"progressDetail":null})",
        R"({"status":7,"id":[],"progressDetail":"x"})",
        R"({"status":"Downloading","id":"a","progressDetail":{"current":"x"}})",
        R"({"status":"Downloading","id":"a","progressDetail":{"total":1e3}})",
        R"({"status":"Digest: nonsense"})", R"({"aux":{"x":[1,2]}})"})
    BOOST_TEST(!pull_error(std::string{line} + "\n"), line);
}

BOOST_AUTO_TEST_CASE(bytes_follow_the_download) {
  auto one = layer_line("a", "Pulling fs layer");
  BOOST_TEST(progress_after(one).layers_total == 1u);
  one += layer_line("a", "Downloading", amount("10", "100"));
  BOOST_TEST(progress_after(one).bytes_done == 10u);
  BOOST_TEST(progress_after(one).bytes_total == 100u);
  one += layer_line("a", "Downloading", amount("90", "100"));
  BOOST_TEST(progress_after(one).bytes_done == 90u);
  // The engine begins the layer again.
  auto again = one + layer_line("a", "Retrying in 5 seconds")
               + layer_line("a", "Downloading", amount("20", "100"));
  BOOST_TEST(progress_after(again).bytes_done == 20u);
  one += layer_line("a", "Download complete");
  BOOST_TEST(progress_after(one).bytes_done == 100u);
  one += layer_line("a", "Extracting", amount("1", "100"));
  BOOST_TEST(progress_after(one).bytes_done == 100u);
  BOOST_TEST(progress_after(one).layers_done == 0u);
  one += layer_line("a", "Pull complete") + layer_line("a", "Pull complete");
  BOOST_TEST(progress_after(one).layers_done == 1u);
  one += layer_line("b", "Already exists");
  BOOST_TEST(progress_after(one).layers_done == 2u);
  BOOST_TEST(progress_after(one).layers_total == 2u);
  BOOST_TEST(progress_after(one).bytes_total == 100u);
}

BOOST_AUTO_TEST_CASE(nonsense_sizes_do_not_spoil_the_sums) {
  auto max = std::to_string(INT64_MAX);
  std::string stream;
  for (auto id : {"a", "b", "c", "d"})
    stream += layer_line(id, "Downloading", amount(max, max));
  auto progress = progress_after(stream);
  BOOST_TEST(progress.bytes_done == progress.bytes_total);
  BOOST_TEST(progress.bytes_total == 4'000'000'000'000'000u);
  stream += layer_line("a", "Downloading", amount("-5", "-1"));
  BOOST_TEST(progress_after(stream).bytes_done == 3'000'000'000'000'000u);
  BOOST_TEST(progress_after(layer_line("a", "Downloading",
                                       amount("18446744073709551615", "7")))
               .bytes_done
             == 0u);
}

BOOST_AUTO_TEST_CASE(the_number_of_layers_to_remember_is_limited) {
  pull_decoder decoder{"app:1"};
  for (int i = 0; i < 5000; ++i)
    BOOST_TEST(!decoder.feed(layer_line(std::to_string(i), "Waiting")));
  BOOST_TEST(decoder.progress().layers_total == 1024u);
  BOOST_TEST(!decoder.feed(layer_line(std::string(500, 'x'), "Waiting")));
  BOOST_TEST(!decoder.feed(layer_line("0", "Pull complete")));
  BOOST_TEST(decoder.progress().layers_done == 1u);
}

BOOST_AUTO_TEST_CASE(warnings_and_tags_are_no_layers) {
  auto progress
    = progress_after(R"({"status":"a warning\nof two lines\n","id":"WARNING"})"
                     "\r\n"
                     R"({"status":"Pulling from team/app","id":"1"})"
                     "\r\n");
  BOOST_TEST(progress.layers_total == 0u);
  BOOST_TEST(progress.status == "Pulling from team/app");
  BOOST_TEST(progress_after(R"({"status":"a warning\nof two lines\n","id":"W"})"
                            "\n")
               .status
             == "a warning");
}

// -- events -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(all_kinds_of_events_are_known) {
  const std::pair<const char*, engine_event_kind> kinds[] = {
    {"start", engine_event_kind::start},
    {"die", engine_event_kind::die},
    {"oom", engine_event_kind::oom},
    {"destroy", engine_event_kind::destroy},
    {"rename", engine_event_kind::rename},
    {"pause", engine_event_kind::pause},
    {"unpause", engine_event_kind::unpause},
    {"health_status: healthy", engine_event_kind::healthy},
    {"health_status: unhealthy", engine_event_kind::unhealthy},
  };
  for (auto [action, kind] : kinds) {
    event_decoder decoder;
    auto found = decoder.feed(event_line(action));
    BOOST_REQUIRE(found);
    BOOST_REQUIRE(found->size() == 1u);
    BOOST_TEST((found->front() == engine_event{kind, "c1", "", "", 5}));
  }
}

BOOST_AUTO_TEST_CASE(other_events_are_skipped) {
  event_decoder decoder;
  for (auto action : {"create", "stop", "kill", "exec_die", "healthy",
                      "health_status", "health_status: running", "resync", ""})
    BOOST_TEST(decoder.feed(event_line(action))->empty(), action);
  BOOST_TEST(decoder.feed(event_line("start", "network"))->empty());
  BOOST_TEST(decoder.feed("{}\n{\"Type\":7,\"Action\":{}}\n")->empty());
  BOOST_TEST(decoder.feed(event_line("start"))->size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_old_members_of_an_event_are_not_used) {
  event_decoder decoder;
  BOOST_TEST(decoder
               .feed("{\"status\":\"start\",\"id\":\"c1\",\"time\":1,"
                     "\"timeNano\":5}\n")
               ->empty());
}

BOOST_AUTO_TEST_CASE(labels_of_an_event_are_read) {
  event_decoder decoder;
  auto found = decoder.feed(
    std::string{R"({"Type":"container","Action":"die","Actor":{"ID":"c1",)"}
    + R"("Attributes":{")" + label::project + R"(":"shop",")" + label::stage
    + R"(":"live","exitCode":"0"}},"timeNano":1795448547413081069})" + "\n");
  BOOST_REQUIRE(found);
  engine_event expected{engine_event_kind::die, "c1", "shop", "live",
                        1795448547413081069};
  BOOST_TEST((found->at(0) == expected));
}

BOOST_AUTO_TEST_CASE(a_bad_event_fails_the_stream_for_good) {
  for (auto line :
       {"[]", "null", "x", "{",
        R"({"Type":"container","Action":"start","timeNano":5})",
        R"({"Type":"container","Action":"start","Actor":{},"timeNano":5})",
        R"({"Type":"container","Action":"start","Actor":{"ID":"c"}})",
        R"({"Type":"container","Action":"start","Actor":{"ID":"c"},)"
        R"("timeNano":99999999999999999999})"}) {
    event_decoder decoder;
    auto bad = decoder.feed(std::string{line} + "\n");
    BOOST_REQUIRE_MESSAGE(!bad, line);
    BOOST_TEST((code_of(bad.error()) == errc::bad_reply));
    auto later = decoder.feed(event_line("start"));
    BOOST_REQUIRE(!later);
    BOOST_TEST(render(later.error()) == render(bad.error()));
  }
  event_decoder decoder;
  auto endless = decoder.feed(std::string(2'000'000, 'x'));
  BOOST_REQUIRE(!endless);
  BOOST_TEST((code_of(endless.error()) == errc::too_large));
}

// -- logs ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(frames_of_both_streams_make_lines_of_their_own) {
  check_log(frame(1, "out ") + frame(2, "err\n") + frame(1, "put\n\nx")
              + frame(2, "") + frame(2, "end"),
            {{3, true, "err"},
             {3, false, "out put"},
             {3, false, ""},
             {3, false, "x"},
             {3, true, "end"}});
}

BOOST_AUTO_TEST_CASE(a_terminal_gives_raw_lines) {
  check_log("one\r\ntwo\r\n\x01\x00\x00",
            {{3, false, "one"}, {3, false, "two"}, {3, false, "\x01"}}, true);
}

BOOST_AUTO_TEST_CASE(lines_that_the_engine_split_are_joined) {
  std::string part(16384, 'x');
  auto stream = frame(1, part) + frame(2, "between\n") + frame(1, part)
                + frame(1, "end\n");
  check_log(stream, {{3, true, "between"}, {3, false, part + part + "end"}});
}

BOOST_AUTO_TEST_CASE(endless_lines_are_cut) {
  std::string full(longest_log_line, 'x');
  check_log(frame(1, full + "\nnext\n"),
            {{3, false, full}, {3, false, "next"}});
  check_log(frame(1, full) + frame(1, full + "y\n"),
            {{3, false, full}, {3, false, full}, {3, false, "y"}});
}

BOOST_AUTO_TEST_CASE(what_is_no_frame_fails_the_log_for_good) {
  for (const auto& stream : {std::string{"a log without frames\n"},
                             std::string{"\x04\0\0\0\0\0\0\1x", 9},
                             std::string{"\1\0\0\1\0\0\0\1x", 9},
                             frame(1, "x\n") + std::string(8, '\xFF')}) {
    log_decoder decoder{false, 3};
    auto bad = decoder.feed(stream);
    BOOST_REQUIRE(!bad);
    BOOST_TEST((code_of(bad.error()) == errc::bad_reply));
    auto later = decoder.feed(frame(1, "x\n"));
    BOOST_REQUIRE(!later);
    BOOST_TEST(render(later.error()) == render(bad.error()));
  }
}

BOOST_AUTO_TEST_CASE(a_frame_may_claim_any_length) {
  log_decoder decoder{false, 3};
  BOOST_TEST(decoder.feed(std::string{"\1\0\0\0\xFF\xFF\xFF\xFF", 8})->empty());
  BOOST_TEST(decoder.feed("one\n")->size() == 1u);
  std::string much(longest_log_line, 'x');
  for (int i = 0; i < 100; ++i)
    decoder.feed(much);
  BOOST_TEST(decoder.finish().size() == 1u);
  BOOST_TEST(decoder.finish().empty());
}
