#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <caf/expected.hpp>

#include <functional>
#include <memory>
#include <string>

namespace dw {

/// The bytes of one connection, encrypted or not. One read and one write may be
/// under way at the same time; what they use, this object included, has to live
/// until they are done.
class server_channel {
public:
  using socket = boost::asio::generic::stream_protocol::socket;
  using error_code = boost::system::error_code;
  using on_done = std::function<void(error_code)>;
  using on_bytes = std::function<void(error_code, size_t)>;

  virtual ~server_channel() = default;

  /// Agrees on encryption, if there is any.
  virtual void handshake(on_done f) = 0;

  virtual void read_some(boost::asio::mutable_buffer into, on_bytes f) = 0;

  virtual void write_some(boost::asio::const_buffer from, on_bytes f) = 0;

  /// Tells the client that nothing more will be written. With encryption, `f`
  /// is called when it has said the same; without, never: read until the end.
  virtual void finish(on_done f) = 0;

  /// Ends everything that is under way with an error.
  virtual void close() = 0;
};

std::unique_ptr<server_channel> make_plain_channel(server_channel::socket x);

std::unique_ptr<server_channel>
make_tls_channel(server_channel::socket x, boost::asio::ssl::context& context);

/// Makes a context for TLS 1.2 and newer.
/// @param certificate The path of a PEM file with the certificate and those
///        between it and its authority.
/// @param key The path of a PEM file, without a passphrase.
/// @returns `errc::tls_failed`.
caf::expected<std::shared_ptr<boost::asio::ssl::context>>
make_tls_context(const std::string& certificate, const std::string& key);

} // namespace dw
