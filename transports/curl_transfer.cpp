#include "transports/curl_transfer.hpp"

#include "transports/curl_errors.hpp"

#include <sys/un.h>

#include <algorithm>
#include <climits>
#include <functional>
#include <utility>

namespace dw {

namespace {

constexpr auto max_socket_path = sizeof(sockaddr_un::sun_path) - 1;

template <class T>
bool set(CURL* easy, CURLoption option, T value) {
  return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/// Whether a target may go out as it is. libcurl takes apart, checks, and puts
/// together again what is part of a URL, for each request.
bool is_plain(std::string_view target) {
  return target.starts_with('/')
         && std::all_of(target.begin(), target.end(), [](char c) {
              return c > ' ' && c < '\x7f' && c != '#';
            });
}

/// libcurl looks for a connection to reuse among those of the same host and
/// port, and asks the kernel about each whether it still stands. By the port,
/// which means nothing on a unix socket, it looks only among those of the
/// socket. 0 for TCP: the port is that of the URL.
long port_of(const http_origin& origin) {
  constexpr size_t ports = 65'535;
  if (origin.socket_path.empty())
    return 0;
  auto hash = std::hash<std::string>{}(origin.socket_path);
  return static_cast<long>(1 + hash % ports);
}

/// libcurl takes a null pointer for "not set".
const char* or_null(const std::string& x) {
  return x.empty() ? nullptr : x.c_str();
}

} // namespace

curl_transfer::curl_transfer(transfer_context& context, uint64_t id,
                             http_request request, bool streaming,
                             std::shared_ptr<http_observer> observer)
  : context_{context}, id_{id}, request_{std::move(request)},
    streaming_{streaming}, observer_{std::move(observer)},
    clock_(request_.deadlines, {}) {
  // nop
}

// -- the request --------------------------------------------------------------

bool curl_transfer::prepare(easy_ptr easy) {
  clock_ = exchange_clock{request_.deadlines, context_.now};
  easy_ = std::move(easy);
  if (!easy_) {
    fail({errc::internal, "libcurl has no memory for a transfer", {}});
    return false;
  }
  if (request_.origin.socket_path.size() > max_socket_path) {
    fail({errc::invalid_argument,
          "the path of the socket is longer than "
            + std::to_string(max_socket_path)
            + " bytes: " + request_.origin.socket_path,
          "Use a shorter path, for example by a symbolic link."});
    return false;
  }
  if (!headers_.fill(request_)) {
    fail({errc::invalid_argument, "a header contains a line break", {}});
    return false;
  }
  if (!set_options()) {
    fail({errc::invalid_argument, "libcurl does not accept the request", {}});
    return false;
  }
  return true;
}

// Sets every option that differs between exchanges: the handle still has those
// of the last one.
bool curl_transfer::set_options() {
  auto* easy = easy_.get();
  const auto& origin = request_.origin;
  auto plain = is_plain(request_.target);
  auto url = plain ? origin.base_url : origin.base_url + request_.target;
  auto connect = request_.deadlines.connect.count();
  // 0 would be libcurl's default of 300 s.
  auto connect_ms = connect > 0 ? std::min<long>(connect, INT_MAX) : INT_MAX;
  auto fresh = request_.fresh_connection ? 1L : 0L;
  if (!origin.connect_to.empty()) {
    connect_to_line_ = "::" + origin.connect_to;
    connect_to_list_.data = connect_to_line_.data();
  }
  return set(easy, CURLOPT_URL, url.c_str())
         && set(easy, CURLOPT_REQUEST_TARGET,
                plain ? request_.target.c_str() : nullptr)
         && set(easy, CURLOPT_PORT, port_of(origin))
         && set(easy, CURLOPT_UNIX_SOCKET_PATH, or_null(origin.socket_path))
         && set(easy, CURLOPT_CONNECT_TO,
                origin.connect_to.empty() ? nullptr : &connect_to_list_)
         && set(easy, CURLOPT_HTTPHEADER, headers_.get())
         && set(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms)
         && set(easy, CURLOPT_FRESH_CONNECT, fresh)
         && set(easy, CURLOPT_FORBID_REUSE, fresh)
         && set(easy, CURLOPT_PRIVATE, this)
         && set(easy, CURLOPT_ERRORBUFFER, detail_.data())
         && set(easy, CURLOPT_HEADERFUNCTION, &header_callback)
         && set(easy, CURLOPT_HEADERDATA, this)
         && set(easy, CURLOPT_WRITEFUNCTION, &body_callback)
         && set(easy, CURLOPT_WRITEDATA, this)
         && set(easy, CURLOPT_PREREQFUNCTION, &begin_callback)
         && set(easy, CURLOPT_PREREQDATA, this) && set_method() && set_tls();
}

bool curl_transfer::set_method() {
  auto* easy = easy_.get();
  // A custom name changes the name only; the option says how to send a body.
  const char* custom = nullptr;
  switch (request_.method) {
    case http_method::put:
      custom = "PUT";
      [[fallthrough]];
    case http_method::post:
      if (!set(easy, CURLOPT_POST, 1L)
          || !set(easy, CURLOPT_POSTFIELDS, request_.body.data())
          || !set(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                  static_cast<curl_off_t>(request_.body.size())))
        return false;
      break;
    case http_method::head:
      if (!set(easy, CURLOPT_NOBODY, 1L))
        return false;
      break;
    case http_method::del:
      custom = "DELETE";
      [[fallthrough]];
    case http_method::get:
      if (!set(easy, CURLOPT_HTTPGET, 1L))
        return false;
      break;
  }
  return set(easy, CURLOPT_CUSTOMREQUEST, custom);
}

bool curl_transfer::set_tls() {
  auto* easy = easy_.get();
  const auto& origin = request_.origin;
  static const auto& defaults = *curl_version_info(CURLVERSION_NOW);
  static const tls_files none;
  const auto& files = origin.tls ? *origin.tls : none;
  // With an authority of the user's, the system's are not to be trusted, too.
  auto own = !files.ca.empty();
  return set(easy, CURLOPT_SSL_VERIFYPEER, origin.insecure ? 0L : 1L)
         && set(easy, CURLOPT_SSL_VERIFYHOST, origin.insecure ? 0L : 2L)
         && set(easy, CURLOPT_CAINFO, own ? files.ca.c_str() : defaults.cainfo)
         && set(easy, CURLOPT_CAPATH, own ? nullptr : defaults.capath)
         && set(easy, CURLOPT_SSLCERT, or_null(files.certificate))
         && set(easy, CURLOPT_SSLKEY, or_null(files.key));
}

// -- the answer ---------------------------------------------------------------

// These run inside of libcurl, which exceptions must not cross: running out of
// memory ends the program.

int curl_transfer::begin_callback(void* self, char*, char*, int, int) noexcept {
  static_cast<curl_transfer*>(self)->request_begun_ = true;
  return CURL_PREREQFUNC_OK;
}

size_t curl_transfer::header_callback(char* data, size_t, size_t size,
                                      void* self) noexcept {
  return static_cast<curl_transfer*>(self)->on_header({data, size}) ? size : 0;
}

size_t curl_transfer::body_callback(char* data, size_t, size_t size,
                                    void* self) noexcept {
  return static_cast<curl_transfer*>(self)->on_body({data, size});
}

bool curl_transfer::on_header(std::string_view line) {
  clock_.on_bytes(context_.now);
  header_bytes_ += line.size();
  if (header_bytes_ > request_.limits.headers) {
    exceeded_ = "the headers of the answer exceed "
                + std::to_string(request_.limits.headers) + " bytes";
    return false;
  }
  if (line.substr(0, 5) == "HTTP/") {
    // Also of an interim answer (1xx), which the real one replaces.
    response_.headers.clear();
    headers_complete_ = false;
  } else if (!headers_complete_) { // what follows the body is not trusted
    on_header_field(line);
  }
  return true;
}

void curl_transfer::on_header_field(std::string_view line) {
  if (is_blank_line(line)) {
    headers_complete_ = true;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    // An interim answer (1xx) is followed by the real one.
    if (streaming_ && status >= 200)
      context_.batch.add_chunk(observer_, id_, response_.status, {});
  } else if (auto header = parse_header_line(line)) {
    response_.headers.push_back(std::move(*header));
  }
}

size_t curl_transfer::on_body(std::string_view bytes) {
  if (!streaming_) {
    clock_.on_bytes(context_.now);
    return append_body(bytes) ? bytes.size() : 0;
  }
  if (on_the_way_ > 0 && on_the_way_ + bytes.size() > request_.limits.window) {
    paused_ = true;
    clock_.on_pause();
    return CURL_WRITEFUNC_PAUSE; // libcurl keeps the bytes and calls again
  }
  clock_.on_bytes(context_.now);
  on_the_way_ += bytes.size();
  context_.batch.add_chunk(observer_, id_, response_.status, bytes);
  return bytes.size();
}

bool curl_transfer::append_body(std::string_view bytes) {
  auto& body = response_.body;
  auto announced = curl_off_t{-1};
  if (body.empty())
    curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
                      &announced);
  auto size = std::max(static_cast<uint64_t>(std::max(announced, {})),
                       uint64_t{body.size() + bytes.size()});
  if (size > request_.limits.body) {
    exceeded_ = "the body of the answer exceeds "
                + std::to_string(request_.limits.body) + " bytes";
    return false;
  }
  if (announced > 0)
    body.reserve(size);
  body += bytes;
  return true;
}

void curl_transfer::resume(uint64_t bytes) {
  on_the_way_ -= std::min(bytes, on_the_way_);
  // Waiting for half of the window saves stopping at each piece.
  if (!paused_ || on_the_way_ > request_.limits.window / 2)
    return;
  paused_ = false;
  clock_.on_resume(context_.now);
  curl_easy_pause(easy_.get(), CURLPAUSE_CONT); // may call `on_body`
}

// -- the end ------------------------------------------------------------------

void curl_transfer::finish(CURLcode code) {
  if (code == CURLE_OK && headers_complete_) {
    finish_well();
  } else if (code == CURLE_OK) { // libcurl sees no mistake in that
    fail({errc::connection_lost,
          "the connection ended within the headers of the answer",
          {}});
  } else if (!exceeded_.empty()) {
    fail({errc::too_large, std::move(exceeded_), {}});
  } else {
    long os_errno = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_errno);
    fail(
      to_failure({code, os_errno, detail_.data(), request_begun_}, request_));
  }
}

void curl_transfer::finish_well() {
  response_.operation = std::move(request_.operation);
  response_.object = std::move(request_.object);
  response_.peer = std::move(request_.peer);
  context_.batch.add(observer_, {id_, std::move(response_)});
}

void curl_transfer::fail(http_failure reason) {
  context_.batch.add(observer_, {id_, std::move(reason)});
}

} // namespace dw
