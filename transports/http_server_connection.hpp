#pragma once

#include "transports/http_server.hpp"
#include "transports/http_server_channel.hpp"
#include "transports/http_server_exchange.hpp"
#include "transports/http_server_loop.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dw {

class server_connection;

/// What the connections of a server have in common.
struct server_context {
  std::shared_ptr<server_loop> loop = std::make_shared<server_loop>();
  server_limits limits;
  http_server::handler serve;
  /// Told about the end of each connection.
  std::function<void(const std::shared_ptr<server_connection>&)> on_closed;
  /// No more requests.
  bool draining = false;
};

/// One connection: reads requests, has them served one after the other, and
/// sends the answers. Lives on the server's thread.
class server_connection
  : public std::enable_shared_from_this<server_connection> {
public:
  /// @param context Outlives the connection.
  server_connection(server_context& context,
                    std::unique_ptr<server_channel> channel, server_peer peer);

  /// Serves.
  void start();

  /// Only says that there are too many connections.
  void turn_away();

  /// Finishes the request that is being served, if any, and closes.
  void drain();

  /// Closes at once.
  void close();

private:
  using error_code = boost::system::error_code;
  using request_parser
    = boost::beast::http::request_parser<boost::beast::http::string_body>;

  /// What is waited for.
  enum class stage : uint8_t {
    handshake,
    idle,     // for the first byte of a request
    header,   // for the end of its headers
    body,     // for its end
    serving,  // for its answer, and until that has left
    refusing, // until the last answer of this connection has left
    closing,  // for the client to close as well
    closed,
  };

  // -- http_server_connection.cpp: from one request to the next ---------------

  void next_request(std::chrono::milliseconds patience);
  void read();
  void on_read(const error_code& problem, size_t size);
  void on_input_end(const error_code& problem);
  void expect(stage next, std::chrono::milliseconds limit);
  void expect_nothing();
  void on_timeout();
  void hang_up();

  // -- http_server_reading.cpp: a request -------------------------------------

  void parse();
  bool parse_some();
  void skip_empty_lines();
  void read_more();
  void on_parse_error(const error_code& problem);
  bool on_header();
  void read_header();
  bool refuse_header();
  bool begin_body();
  void on_request();

  // -- http_server_writing.cpp: its answer ------------------------------------

  void on_news();
  bool append_head(std::string& out, server_response& x);
  void append_piece(std::string& out, std::string_view bytes) const;
  void on_answered();
  void refuse(int status, std::string_view detail);
  void send(std::string bytes, std::function<void()> then);
  void send_more();

  server_context& context_;
  std::unique_ptr<server_channel> channel_;
  server_peer peer_;
  boost::asio::steady_timer timer_;
  stage stage_ = stage::handshake;

  // Input that was read and not parsed yet. A read may be under way while
  // requests are taken from `input_`, so it has a place of its own.
  std::array<char, 8 * 1024> incoming_{};
  boost::beast::flat_buffer input_;
  bool reading_ = false;
  bool input_ended_ = false;

  // The request.
  std::optional<request_parser> parser_;
  size_t header_size_ = 0;
  server_request request_;

  // The answer.
  std::shared_ptr<server_exchange> exchange_;
  bool keep_alive_ = true;
  bool http_1_0_ = false;
  bool head_only_ = false;
  bool chunked_ = false;
  bool streaming_ = false;

  // What is being written.
  std::string output_;
  size_t written_ = 0;
  bool writing_ = false;
  std::function<void()> then_;
};

} // namespace dw
