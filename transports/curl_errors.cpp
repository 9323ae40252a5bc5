#include "transports/curl_errors.hpp"

#include "transports/exchange_clock.hpp"
#include "transports/response_error.hpp"

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace dw {

namespace {

std::string errno_text(long x) {
  return std::generic_category().message(static_cast<int>(x));
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_https(const http_request& x) {
  return std::string_view{x.origin.base_url}.substr(0, 6) == "https:";
}

bool has_certificate(const http_request& x) {
  return x.origin.tls && !x.origin.tls->certificate.empty();
}

/// The system refuses to connect to a file of another kind with the same error
/// as to a socket that nobody listens on.
bool is_no_socket(const std::string& path) {
  std::error_code ignored;
  auto type = std::filesystem::status(path, ignored).type();
  return type == std::filesystem::file_type::regular
         || type == std::filesystem::file_type::directory;
}

/// Whether it goes to an endpoint that is configured as the Docker CLI's is.
bool is_for_engine(const http_request& request) {
  return request.peer.starts_with("Docker");
}

/// libcurl knows one code for all failures to connect (CURLE_COULDNT_CONNECT).
http_failure unix_failure(long os_errno, const http_request& request) {
  const auto& path = request.origin.socket_path;
  auto advise = [&](std::string engine, std::string other) {
    return is_for_engine(request) ? std::move(engine) : std::move(other);
  };
  switch (os_errno) {
    case ENOENT:
    case ENOTDIR:
      return {errc::socket_missing, "the socket " + path + " does not exist",
              advise("Start the Docker daemon, or set DOCKER_HOST to where it "
                     "listens.",
                     "Start the server, or name the socket that it listens "
                     "on.")};
    case EACCES:
    case EPERM:
      return {errc::socket_denied,
              "this user may not connect to the socket " + path,
              advise("Add the user to the group that owns the socket, usually "
                     "`docker`, and log in again; or run as root.",
                     "Run as a user who may write to it.")};
    case ECONNREFUSED:
      if (is_no_socket(path))
        return {errc::connection_refused, path + " is not a socket",
                advise("Set DOCKER_HOST, or engine.host, to the socket of the "
                       "Docker daemon.",
                       "Name the socket that the server listens on.")};
      return {errc::connection_refused, "nobody listens on the socket " + path,
              advise("A Docker daemon that has ended leaves its socket behind: "
                     "start it again.",
                     "A server that has ended may leave its socket behind: "
                     "start it again.")};
    default:
      return {errc::connection_refused,
              "cannot connect to the socket " + path + ": "
                + errno_text(os_errno),
              advise("Check that the Docker daemon is running.",
                     "Check that the server is running.")};
  }
}

http_failure connect_failure(const curl_outcome& x, std::string reply,
                             const http_request& request) {
  if (!request.origin.socket_path.empty())
    return unix_failure(x.os_errno, request);
  if (x.os_errno != 0)
    reply += ": " + errno_text(x.os_errno);
  return {errc::connection_refused, std::move(reply),
          "Check that the server is running and that its host and port are "
          "right."};
}

std::string for_engine(const http_request& request, const std::string& advice) {
  return is_for_engine(request) ? ", or " + advice : "";
}

std::string tls_hint(const curl_outcome& x, const http_request& request) {
  // OpenSSL's name for an answer that does not begin like a TLS record.
  if (contains(x.detail, "wrong version number"))
    return "The server does not speak TLS on this port: use http://"
           + for_engine(request, "unset DOCKER_TLS_VERIFY")
           + ", or the TLS port.";
  if (contains(x.detail, "alert"))
    return has_certificate(request)
             ? "The server does not accept our certificate: check that its "
               "authority signed it and that it has not expired."
             : "The server seems to want a certificate from us: configure "
               "certificate and key (for Docker: DOCKER_CERT_PATH).";
  switch (x.code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return "Check that the server's certificate is for this host name and "
             "signed by the configured authority.";
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return "Check that the configured certificate, key and authority exist, "
             "can be read, and belong together.";
    default:
      return {};
  }
}

/// Servers that get TLS and plain text mixed up may just hang up.
std::string empty_reply_hint(const http_request& request) {
  const auto& origin = request.origin;
  if (!origin.socket_path.empty())
    return {};
  if (!is_https(request))
    return "If the server expects TLS on this port, use https://"
           + for_engine(request, "set DOCKER_TLS_VERIFY") + ".";
  return has_certificate(request)
           ? ""
           : "The server may want a certificate from us"
               + for_engine(request, "set DOCKER_CERT_PATH") + ".";
}

http_failure lost(std::string reply, std::string hint = {}) {
  return {errc::connection_lost, std::move(reply), std::move(hint)};
}

http_failure translate(const curl_outcome& x, std::string reply,
                       const http_request& request) {
  switch (x.code) {
    case CURLE_COULDNT_CONNECT:
      return connect_failure(x, std::move(reply), request);
    case CURLE_COULDNT_RESOLVE_HOST:
      return {errc::name_not_resolved, std::move(reply),
              "Check the host name and the name servers."};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return {errc::tls_failed, std::move(reply), tls_hint(x, request)};
    case CURLE_GOT_NOTHING:
      return lost(std::move(reply), empty_reply_hint(request));
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return lost(std::move(reply));
    case CURLE_OPERATION_TIMEDOUT:
      return {errc::timed_out,
              "no connection within " + duration_text(request.deadlines.connect)
                + " (connect deadline)",
              {}};
    case CURLE_URL_MALFORMAT:
      return {errc::invalid_argument, std::move(reply), {}};
    case CURLE_UNSUPPORTED_PROTOCOL:
      if (!x.request_begun)
        return {errc::invalid_argument, std::move(reply), {}};
      // "Received HTTP/0.9 when not allowed", most often a TLS alert.
      return {errc::bad_reply, "the answer is not HTTP/1.1",
              "If the server expects TLS on this port, use https://"
                + for_engine(request, "set DOCKER_TLS_VERIFY") + "."};
    case CURLE_WEIRD_SERVER_REPLY:
      return {errc::bad_reply, std::move(reply), {}};
    case CURLE_OUT_OF_MEMORY:
      // What libcurl 7.88 says of a header line of more than 100 KiB.
      if (x.request_begun)
        return {errc::too_large, "a header of the answer is too long", {}};
      [[fallthrough]];
    default:
      return {errc::internal, std::move(reply), {}};
  }
}

} // namespace

http_failure to_failure(const curl_outcome& x, const http_request& request) {
  std::string reply{x.detail.empty() ? curl_easy_strerror(x.code) : x.detail};
  // TLS 1.3: the handshake is over for us before the server judges our
  // certificate, so its verdict comes in place of the answer.
  if (x.code == CURLE_RECV_ERROR && contains(x.detail, "SSL")
      && contains(x.detail, "alert"))
    return {errc::tls_failed, std::move(reply), tls_hint(x, request)};
  // A unix socket whose queue of connections is full: connect(2) says EAGAIN,
  // which libcurl takes for "in progress".
  if (x.code == CURLE_SEND_ERROR && x.os_errno == ENOTCONN)
    return {errc::connection_refused,
            "the server does not accept connections fast enough",
            {}};
  auto result = translate(x, std::move(reply), request);
  if (x.request_begun && is_before_request(result.code))
    return lost("the connection broke before the answer, and again: "
                + result.reply);
  return result;
}

} // namespace dw
