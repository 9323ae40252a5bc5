#include "transports/http_server_channel.hpp"

#include "messages/error.hpp"

#include <boost/asio/ssl/stream.hpp>

#include <utility>

namespace dw {

namespace {

namespace ssl = boost::asio::ssl;
using error_code = boost::system::error_code;

class plain_channel final : public server_channel {
public:
  explicit plain_channel(socket x) : socket_{std::move(x)} {
    // nop
  }

  void handshake(on_done f) override {
    f({});
  }

  void read_some(boost::asio::mutable_buffer into, on_bytes f) override {
    socket_.async_read_some(into, std::move(f));
  }

  void write_some(boost::asio::const_buffer from, on_bytes f) override {
    socket_.async_write_some(from, std::move(f));
  }

  void finish(on_done) override {
    error_code ignored;
    socket_.shutdown(socket::shutdown_send, ignored);
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

private:
  socket socket_;
};

class tls_channel final : public server_channel {
public:
  tls_channel(socket x, ssl::context& context)
    : stream_{std::move(x), context} {
    // nop
  }

  void handshake(on_done f) override {
    stream_.async_handshake(ssl::stream_base::server, std::move(f));
  }

  void read_some(boost::asio::mutable_buffer into, on_bytes f) override {
    stream_.async_read_some(into, std::move(f));
  }

  void write_some(boost::asio::const_buffer from, on_bytes f) override {
    stream_.async_write_some(from, std::move(f));
  }

  void finish(on_done f) override {
    stream_.async_shutdown(std::move(f));
  }

  void close() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

private:
  ssl::stream<socket> stream_;
};

caf::error cannot_use(const std::string& path, const error_code& problem,
                      std::string hint) {
  return make_failure(errc::tls_failed, {.operation = "read TLS file",
                                         .object = path,
                                         .reply = problem.message(),
                                         .hint = std::move(hint)});
}

} // namespace

std::unique_ptr<server_channel> make_plain_channel(server_channel::socket x) {
  return std::make_unique<plain_channel>(std::move(x));
}

std::unique_ptr<server_channel>
make_tls_channel(server_channel::socket x, ssl::context& context) {
  return std::make_unique<tls_channel>(std::move(x), context);
}

caf::expected<std::shared_ptr<ssl::context>>
make_tls_context(const std::string& certificate, const std::string& key) {
  auto result = std::make_shared<ssl::context>(ssl::context::tls_server);
  result->set_options(ssl::context::default_workarounds
                      | ssl::context::no_compression);
  SSL_CTX_set_min_proto_version(result->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(result->native_handle(), SSL_OP_NO_RENEGOTIATION);
  error_code problem;
  // OpenSSL would ask on the terminal.
  result->set_password_callback([](auto, auto) { return std::string{}; },
                                problem);
  result->use_certificate_chain_file(certificate, problem);
  if (problem)
    return cannot_use(certificate, problem,
                      "It has to be a readable PEM file with the server's "
                      "certificate first.");
  result->use_private_key_file(key, ssl::context::pem, problem);
  if (problem)
    return cannot_use(key, problem,
                      "It has to be a readable PEM file with the key of the "
                      "certificate "
                        + certificate + ", without a passphrase.");
  return result;
}

} // namespace dw
