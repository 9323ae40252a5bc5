#pragma once

#include "tests/support/transcript.hpp"

#include <boost/test/unit_test.hpp>

#include <iterator>

// Exchanges recorded from real servers: tests/contract/npm/.

namespace dw::test {

/// One recorded exchange. Tokens in it are the placeholder "<JWT>".
struct npm_exchange {
  std::string method;
  /// Path and query.
  std::string target;
  /// The headers, empty if not sent.
  std::string authorization;
  std::string content_type;
  /// JSON without white space, or the malformed text that was sent.
  std::string request_body;
  http_response response;
};

inline std::string compact(const rapidjson::Value& value) {
  return detail::as_text(value);
}

inline rapidjson::Document parse(const std::string& text) {
  rapidjson::Document result;
  result.Parse(text.data(), text.size());
  BOOST_REQUIRE_MESSAGE(!result.HasParseError(), "not JSON: " << text);
  return result;
}

inline std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  BOOST_REQUIRE_MESSAGE(in, "cannot read " << path);
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline std::string path_of_npm(const std::string& file) {
  return DW_TEST_DATA "/npm/" + file + ".json";
}

/// @param file Below tests/contract/npm, without ".json".
inline npm_exchange load_npm(const std::string& file) {
  auto recorded = load_transcript(path_of_npm(file));
  http_request request;
  request.operation = "replay";
  request.object = file;
  request.peer = "Nginx Proxy Manager";
  auto& headers = recorded.request.headers;
  return {recorded.method,          recorded.path,
          headers["authorization"], headers["content-type"],
          recorded.request.body,    answer(recorded, request)};
}

inline std::string
header_of(const http_request& request, const std::string& name) {
  for (const auto& header : request.headers)
    if (header.name == name)
      return header.value.reveal();
  return {};
}

/// Checks all but the body of a request of ours against the recorded one.
inline void check_head(const http_request& ours, const npm_exchange& theirs) {
  BOOST_TEST(to_string(ours.method) == theirs.method);
  BOOST_TEST(ours.target == theirs.target);
  BOOST_TEST(header_of(ours, "Authorization") == theirs.authorization);
  BOOST_TEST(header_of(ours, "Content-Type") == theirs.content_type);
}

/// Checks a request of ours against the recorded one.
inline void
check_request(const http_request& ours, const npm_exchange& theirs) {
  check_head(ours, theirs);
  if (theirs.request_body.empty())
    BOOST_TEST(ours.body.empty());
  else
    BOOST_TEST((parse(ours.body) == parse(theirs.request_body)),
               ours.body << " is not " << theirs.request_body);
}

/// Checks that a request of ours says all that the recorded one says; it may
/// be more explicit.
inline void check_covers(const http_request& ours, const npm_exchange& theirs) {
  check_head(ours, theirs);
  auto body = parse(ours.body);
  auto recorded = parse(theirs.request_body);
  for (const auto& member : recorded.GetObject()) {
    BOOST_REQUIRE_MESSAGE(body.HasMember(member.name),
                          "no " << member.name.GetString());
    BOOST_TEST((body[member.name] == member.value),
               member.name.GetString() << " differs in " << ours.body);
  }
}

} // namespace dw::test
