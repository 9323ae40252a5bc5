#pragma once

#include "messages/error.hpp"
#include "tests/support/transcript.hpp"
#include "transports/base64.hpp"
#include "transports/general_hint.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/expected.hpp>
#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>

// Compares what we build and parse with exchanges that were recorded from a
// Docker Engine (tests/contract/docker).

namespace dw {

inline std::ostream& operator<<(std::ostream& out, errc x) {
  return out << to_string(x);
}

} // namespace dw

namespace dw::test {

/// Stands in for the names that were used when recording: we name containers
/// by their full id only.
inline const std::string full_id(64, 'a');

inline transcript load(const std::string& name) {
  return load_transcript(std::string{DW_TEST_DATA} + "/docker/" + name
                         + ".json");
}

inline std::string percent_decode(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    result += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
    i += 2;
  }
  return result;
}

/// A target taken apart, without the API version.
struct target_parts {
  std::string path;
  std::multimap<std::string, std::string> query;
};

inline target_parts take_apart(std::string target) {
  constexpr const char* version = "/v1.41";
  if (target.starts_with(version))
    target.erase(0, std::string{version}.size());
  auto end = std::min(target.find('?'), target.size());
  target_parts result{target.substr(0, end), {}};
  std::istringstream pairs{end < target.size() ? target.substr(end + 1) : ""};
  for (std::string pair; std::getline(pairs, pair, '&');) {
    auto equals = std::min(pair.find('='), pair.size());
    result.query.emplace(
      pair.substr(0, equals),
      percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return result;
}

inline std::string with_name(std::string text, const std::string& name) {
  if (auto i = text.find(full_id); i != std::string::npos)
    text.replace(i, full_id.size(), name);
  return text;
}

/// The method and the path are as recorded. @param name was recorded where we
/// use `full_id`.
inline void check_path(const transcript& x, const http_request& request,
                       const std::string& name = {}) {
  BOOST_TEST(to_string(request.method) == x.method);
  BOOST_TEST(with_name(take_apart(request.target).path, name)
             == take_apart(x.path).path);
}

/// The whole request line is as recorded, but for the way it is encoded.
inline void check_request(const transcript& x, const http_request& request,
                          const std::string& name = {}) {
  check_path(x, request, name);
  auto ours = take_apart(request.target).query;
  auto recorded = take_apart(x.path).query;
  BOOST_TEST((ours == recorded), request.target << " is not " << x.path);
}

inline std::string
header_of(const http_request& request, const std::string& name) {
  for (const auto& x : request.headers)
    if (x.name == name)
      return x.value.reveal();
  return {};
}

inline rapidjson::Document parse_json(const std::string& text) {
  rapidjson::Document result;
  result.Parse(text.c_str(), text.size());
  BOOST_REQUIRE_MESSAGE(!result.HasParseError(), "no JSON: " << text);
  return result;
}

/// Whether all that `ours` says is in `recorded` too.
inline bool
is_within(const rapidjson::Value& ours, const rapidjson::Value& recorded) {
  if (ours.IsObject() && recorded.IsObject())
    return std::all_of(ours.MemberBegin(), ours.MemberEnd(), [&](auto& x) {
      auto i = recorded.FindMember(x.name);
      return i != recorded.MemberEnd() && is_within(x.value, i->value);
    });
  if (ours.IsArray() && recorded.IsArray())
    return std::all_of(ours.Begin(), ours.End(), [&](auto& x) {
      return std::any_of(recorded.Begin(), recorded.End(),
                         [&](auto& y) { return is_within(x, y); });
    });
  return ours == recorded;
}

/// The body says nothing that was not recorded, and is sent as JSON.
inline void check_body(const transcript& x, const http_request& request,
                       const std::string& name = {}) {
  auto ours = with_name(request.body, name);
  BOOST_TEST(header_of(request, "Content-Type")
             == x.request.headers.at("content-type"));
  BOOST_TEST(is_within(parse_json(ours), parse_json(x.request.body)),
             ours << " is not within " << x.request.body);
}

/// The credentials are the recorded ones, in the encoding that works.
inline void
check_registry_auth(const transcript& x, const http_request& request) {
  auto value = header_of(request, "X-Registry-Auth");
  auto i = x.request.headers.find("x-registry-auth");
  if (i == x.request.headers.end()) {
    BOOST_TEST(value == "");
    return;
  }
  BOOST_TEST(value.size() % 4 == 0u);
  BOOST_TEST(value.find_first_of("+/") == std::string::npos);
  auto ours = decode_base64(value);
  auto recorded = decode_base64(i->second);
  BOOST_REQUIRE(ours && recorded);
  BOOST_TEST((parse_json(*ours) == parse_json(*recorded)));
}

inline caf::error error_of(const caf::error& x) {
  return x;
}

template <class T>
caf::error error_of(const caf::expected<T>& x) {
  return x ? caf::error{} : x.error();
}

template <class T>
T value_of(caf::expected<T> x) {
  BOOST_REQUIRE_MESSAGE(x, render(error_of(x)));
  return std::move(*x);
}

/// The answer to `request` was read as this error, with full context.
/// @param hint Must be within the hint; empty for the general one.
template <class Result>
void check_error(const Result& result, errc code, const http_request& request,
                 const transcript& x, const std::string& reply,
                 const std::string& hint) {
  auto err = error_of(result);
  BOOST_REQUIRE_MESSAGE(err, x.name << " was taken for a success");
  auto context = failure_of(err);
  BOOST_TEST(code_of(err) == code);
  BOOST_TEST(context.operation == request.operation);
  BOOST_TEST(!context.operation.empty());
  BOOST_TEST(context.object == request.object);
  BOOST_TEST(context.peer == "Docker Engine");
  BOOST_TEST(context.status == x.status);
  BOOST_TEST(context.reply == reply);
  if (hint.empty())
    BOOST_TEST(context.hint == general_hint(code, context.peer));
  else
    BOOST_TEST(context.hint.find(hint) != std::string::npos, context.hint);
}

} // namespace dw::test
