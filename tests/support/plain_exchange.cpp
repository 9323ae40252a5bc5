#include "tests/support/plain_exchange.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <stdexcept>

namespace dw::test {

namespace {

constexpr long timeout_seconds = 50;

struct deleter {
  void operator()(CURL* x) const {
    curl_easy_cleanup(x);
  }
  void operator()(curl_slist* x) const {
    curl_slist_free_all(x);
  }
};

using string_list = std::unique_ptr<curl_slist, deleter>;

void append(string_list& list, const std::string& text) {
  list.reset(curl_slist_append(list.release(), text.c_str()));
}

std::size_t
add_body(const char* data, std::size_t size, std::size_t count, void* to) {
  static_cast<plain_response*>(to)->body.append(data, size * count);
  return size * count;
}

std::size_t
add_header(const char* data, std::size_t size, std::size_t count, void* to) {
  std::string line{data, size * count};
  const auto colon = line.find(':');
  if (colon != std::string::npos) {
    auto name = line.substr(0, colon);
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    const auto first
      = std::min(line.find_first_not_of(' ', colon + 1), line.size());
    const auto last = std::max(line.find_last_not_of("\r\n"), first);
    static_cast<plain_response*>(to)->headers.emplace_back(
      std::move(name), line.substr(first, last - first + 1));
  }
  return size * count;
}

/// libcurl adds no headers of its own, which would hide what a test leaves out.
string_list header_lines(const plain_request& request) {
  string_list out;
  append(out, "Expect:");
  append(out, "Accept:");
  auto is_type = [](const auto& x) { return x.first == "Content-Type"; };
  if (std::ranges::none_of(request.headers, is_type))
    append(out, "Content-Type:");
  for (const auto& [name, value] : request.headers)
    append(out, std::string{name}.append(": ").append(value));
  return out;
}

void set_fixed_options(CURL* x, plain_response& response) {
  curl_easy_setopt(x, CURLOPT_PROXY, "");
  curl_easy_setopt(x, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(x, CURLOPT_TIMEOUT, timeout_seconds);
  curl_easy_setopt(x, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(x, CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(x, CURLOPT_WRITEFUNCTION, add_body);
  curl_easy_setopt(x, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(x, CURLOPT_HEADERFUNCTION, add_header);
  curl_easy_setopt(x, CURLOPT_HEADERDATA, &response);
}

} // namespace

std::string plain_response::header(const std::string& name) const {
  for (const auto& [key, value] : headers)
    if (key == name)
      return value;
  return {};
}

plain_response exchange(const plain_request& request) {
  static const auto global = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, deleter> easy{curl_easy_init()};
  if (global != CURLE_OK || !easy)
    throw std::runtime_error{"no libcurl"};
  auto* x = easy.get();
  plain_response response;
  const auto headers = header_lines(request);
  string_list connect_to;
  if (!request.connect_to.empty())
    append(connect_to, "::" + request.connect_to);
  curl_easy_setopt(x, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(x, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(x, CURLOPT_CONNECT_TO, connect_to.get());
  curl_easy_setopt(x, CURLOPT_HTTPHEADER, headers.get());
  if (request.body) {
    curl_easy_setopt(x, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body->size()));
    curl_easy_setopt(x, CURLOPT_POSTFIELDS, request.body->c_str());
  }
  set_fixed_options(x, response);
  if (curl_easy_perform(x) != CURLE_OK)
    return {};
  long status = 0;
  curl_easy_getinfo(x, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

} // namespace dw::test
