#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace dw::sim {

using verb = boost::beast::http::verb;

/// One request, complete.
struct request {
  verb method = verb::get;
  /// Without the query, as it was sent.
  std::string path;
  /// Without the question mark; still encoded.
  std::string query;
  std::string host;
  std::string authorization;
  std::string body;
};

/// Splits a path into its segments; empty ones are left out.
std::vector<std::string_view> segments_of(std::string_view path);

/// The decoded value of a parameter of a query; empty if it is not there.
std::string parameter_of(std::string_view query, std::string_view name);

class http_server;

/// Connections of a server.
struct connection_counts {
  uint64_t accepted = 0;
  uint64_t open = 0;
  uint64_t peak = 0;
};

/// A connection, and the exchange that is under way on it. It is answered once:
/// by `reply`, by `begin_stream` with `end_stream` some time later, or by
/// `drop`. Answering one that the client has closed does nothing.
class connection : public std::enable_shared_from_this<connection> {
public:
  using socket = boost::asio::generic::stream_protocol::socket;

  connection(http_server& server, socket s, size_t port);
  ~connection();

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// @param headers Complete lines, each ended by "\r\n".
  void reply(int status, std::string_view headers, std::string_view body);

  /// Begins a chunked body.
  void begin_stream(int status, std::string_view headers);
  void send_chunk(std::string_view bytes);
  void end_stream();

  /// Answers nothing: all that follows but `drop` does nothing. A client that
  /// closes is still noticed.
  void silence();

  /// Closes the connection without an answer.
  void drop();

  bool is_open() const noexcept {
    return socket_.is_open();
  }

  /// Called when the client closes a stream.
  std::function<void()> on_closed;

private:
  friend class http_server;
  using parser
    = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void read();
  void on_bytes(size_t count);
  bool take_request();
  void flush();
  void write_rest();
  void finish_exchange();
  void put_head(int status, std::string_view headers);

  http_server& server_;
  std::shared_ptr<connection_counts> counts_;
  socket socket_;
  const size_t port_;
  std::optional<parser> parser_;
  std::string in_;
  std::string out_;
  std::string rest_;
  bool is_head_ = false;
  bool keep_alive_ = true;
  bool is_answering_ = false;
  bool is_streaming_ = false;
  bool is_writing_ = false;
  bool is_reading_ = false;
};

using connection_ptr = std::shared_ptr<connection>;

/// An HTTP/1.1 server on any number of ports and unix sockets, in the thread
/// that runs its `io_context`.
class http_server {
public:
  /// Gets each request with the number of the port that it came in by.
  using handler = std::function<void(connection_ptr, request, size_t port)>;

  http_server(boost::asio::io_context& loop, handler handle);
  ~http_server();

  /// Replaces what is at `path`. Throws `boost::system::system_error`.
  void listen_unix(const std::string& path, size_t port);

  /// Listens on 127.0.0.1. @returns the port, also if `number` is 0.
  uint16_t listen_tcp(uint16_t number, size_t port);

  connection_counts& counts() noexcept {
    return *counts_;
  }

private:
  friend class connection;
  struct acceptor;

  void accept(acceptor& x);

  boost::asio::io_context& loop_;
  handler handle_;
  // The connections may outlive us.
  std::shared_ptr<connection_counts> counts_;
  std::vector<std::unique_ptr<acceptor>> acceptors_;
};

} // namespace dw::sim
