#pragma once

#include "tests/support/certificates.hpp"
#include "tests/support/scripted_server.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace dw::test {

/// The server's side of TLS; shakes hands with the first read or write.
class tls_stream final : public byte_stream {
public:
  tls_stream(SSL_CTX* context, int fd) : ssl_{SSL_new(context), &SSL_free} {
    SSL_set_fd(ssl_.get(), fd);
    SSL_set_accept_state(ssl_.get());
  }

  ssize_t read(char* data, size_t size) override {
    return SSL_read(ssl_.get(), data, static_cast<int>(size));
  }

  ssize_t write(const char* data, size_t size) override {
    return SSL_write(ssl_.get(), data, static_cast<int>(size));
  }

private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

/// Lets a `scripted_server` speak TLS with the certificate "server".
/// @param client_required Refuse clients without a certificate of the
/// authority.
/// @param max_version Such as TLS1_2_VERSION; 0 for the newest.
inline scripted_server::stream_maker
make_tls(const certificates& files, bool client_required = false,
         int max_version = 0) {
  std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()),
                                   &SSL_CTX_free};
  auto ok
    = SSL_CTX_use_certificate_file(
        context.get(), files.file("server.pem").c_str(), SSL_FILETYPE_PEM)
        == 1
      && SSL_CTX_use_PrivateKey_file(
           context.get(), files.file("server.key").c_str(), SSL_FILETYPE_PEM)
           == 1
      && SSL_CTX_load_verify_locations(context.get(),
                                       files.file("ca.pem").c_str(), nullptr)
           == 1
      && SSL_CTX_set_max_proto_version(context.get(), max_version) == 1;
  if (!ok)
    throw std::runtime_error{"cannot load the server's certificate"};
  if (client_required)
    SSL_CTX_set_verify(context.get(),
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
  return [context](int fd) {
    return std::make_unique<tls_stream>(context.get(), fd);
  };
}

} // namespace dw::test
