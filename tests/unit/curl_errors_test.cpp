#include "transports/curl_errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>

using namespace dw;

namespace {

http_request to_socket(const std::string& peer = "Docker Engine") {
  http_request x;
  x.peer = peer;
  x.origin.socket_path = "/run/engine.sock";
  return x;
}

bool speaks_of_docker(const std::string& hint) {
  return hint.find("Docker") != std::string::npos
         || hint.find("docker") != std::string::npos;
}

void check_errno(int os_errno, errc code, const std::string& reply) {
  for (auto is_engine : {true, false}) {
    auto x
      = to_failure({CURLE_COULDNT_CONNECT, os_errno, "Couldn't connect"},
                   to_socket(is_engine ? "Docker Engine" : "another server"));
    BOOST_TEST((x.code == code), to_string(x.code));
    BOOST_TEST(x.reply == reply);
    BOOST_TEST(!x.hint.empty());
    BOOST_TEST(speaks_of_docker(x.hint) == is_engine, x.hint);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(errno_tells_why_a_unix_socket_cannot_be_reached) {
  check_errno(ENOENT, errc::socket_missing,
              "the socket /run/engine.sock does not exist");
  check_errno(EACCES, errc::socket_denied,
              "this user may not connect to the socket /run/engine.sock");
  check_errno(ECONNREFUSED, errc::connection_refused,
              "nobody listens on the socket /run/engine.sock");
  check_errno(ENOMEM, errc::connection_refused,
              "cannot connect to the socket /run/engine.sock: Cannot allocate "
              "memory");
}

// The system has the same error for it.
BOOST_AUTO_TEST_CASE(a_plain_file_is_not_a_socket_that_nobody_listens_on) {
  http_request request;
  request.origin.socket_path = "/etc/passwd";
  auto x = to_failure({CURLE_COULDNT_CONNECT, ECONNREFUSED, "Couldn't connect"},
                      request);
  BOOST_TEST((x.code == errc::connection_refused));
  BOOST_TEST(x.reply == "/etc/passwd is not a socket");
}

BOOST_AUTO_TEST_CASE(a_full_queue_of_connections_is_a_refusal) {
  auto x = to_failure({.code = CURLE_SEND_ERROR,
                       .os_errno = ENOTCONN,
                       .detail = "Send failure",
                       .request_begun = true},
                      to_socket());
  BOOST_TEST((x.code == errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(a_request_that_was_begun_may_have_arrived) {
  for (auto code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST,
                    CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR}) {
    auto x = to_failure({.code = code, .request_begun = true}, {});
    BOOST_TEST((x.code == errc::connection_lost), to_string(x.code));
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_turned_down_after_the_handshake_is_tls) {
  auto x = to_failure(
    {.code = CURLE_RECV_ERROR,
     .detail = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert "
               "certificate required, errno 0",
     .request_begun = true},
    {});
  BOOST_TEST((x.code == errc::tls_failed));
  BOOST_TEST(x.hint.find("DOCKER_CERT_PATH") != std::string::npos);
}
