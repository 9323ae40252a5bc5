#pragma once

#include "messages/http.hpp"
#include "transports/base64.hpp"

#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

// Exchanges that were recorded from real servers, one JSON file each:
//
//   {name, request: {method, path, headers, body},
//    response: {status, headers, body | bodyBase64, stream?, truncated?}, note}
//
// A body is the exact text, JSON that stands for its text, or null for none. A
// stream's body is an array of the pieces as they arrived.

namespace dw::test {

struct transcript {
  struct message {
    /// With names in lower case.
    std::map<std::string, std::string> headers;
    std::string body;
  };

  std::string name;
  std::string method;
  /// Path and query, with the version.
  std::string path;
  message request;
  int status = 0;
  message response;
  /// The body arrived piece by piece.
  bool is_stream = false;
  /// The connection ended before the body did.
  bool is_truncated = false;
};

namespace detail {

inline std::string as_text(const rapidjson::Value& x) {
  if (x.IsString())
    return {x.GetString(), x.GetStringLength()};
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer{out};
  x.Accept(writer);
  return {out.GetString(), out.GetSize()};
}

inline std::string read_body(const rapidjson::Value& x, bool is_stream) {
  if (x.HasMember("bodyBase64")) {
    auto bytes = decode_base64(x["bodyBase64"].GetString());
    if (!bytes)
      throw std::runtime_error{"bodyBase64 is not base64"};
    return *bytes;
  }
  if (!x.HasMember("body") || x["body"].IsNull())
    return {};
  if (!is_stream)
    return as_text(x["body"]);
  std::string result;
  for (const auto& piece : x["body"].GetArray())
    result += as_text(piece);
  return result;
}

inline transcript::message
read_message(const rapidjson::Value& x, bool is_stream = false) {
  transcript::message result;
  if (x.HasMember("headers"))
    for (const auto& header : x["headers"].GetObject()) {
      auto name = as_text(header.name);
      std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      });
      result.headers.emplace(std::move(name), as_text(header.value));
    }
  result.body = read_body(x, is_stream);
  return result;
}

inline bool has_flag(const rapidjson::Value& x, const char* name) {
  return x.HasMember(name) && x[name].GetBool();
}

} // namespace detail

/// Reads a file. Throws if it is not there or is no recorded exchange.
inline transcript load_transcript(const std::string& file) {
  std::ifstream in{file};
  rapidjson::IStreamWrapper stream{in};
  rapidjson::Document doc;
  doc.ParseStream(stream);
  if (!in.is_open() || doc.HasParseError() || !doc.IsObject()
      || !doc.HasMember("request") || !doc.HasMember("response"))
    throw std::runtime_error{file + " is no recorded exchange"};
  const auto& request = doc["request"];
  const auto& response = doc["response"];
  transcript result;
  result.name = detail::as_text(doc["name"]);
  result.method = request["method"].GetString();
  result.path = request["path"].GetString();
  result.request = detail::read_message(request);
  result.status = response["status"].GetInt();
  result.is_stream = detail::has_flag(response, "stream");
  result.is_truncated = detail::has_flag(response, "truncated");
  result.response = detail::read_message(response, result.is_stream);
  return result;
}

/// The recorded answer as the HTTP client hands it to whoever sent `request`.
inline http_response answer(const transcript& x, const http_request& request) {
  http_response result;
  result.operation = request.operation;
  result.object = request.object;
  result.peer = request.peer;
  result.status = x.status;
  for (const auto& [name, value] : x.response.headers)
    result.headers.push_back({name, secret{value}});
  result.body = x.response.body;
  return result;
}

} // namespace dw::test
