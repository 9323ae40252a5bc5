#include "bench/sim/http_server.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace dw::sim {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using protocol = asio::generic::stream_protocol;

namespace {

constexpr size_t read_size = 16 * 1024;
constexpr uint64_t max_body = 4 * 1024 * 1024;

std::string_view to_view(boost::beast::string_view x) {
  return {x.data(), x.size()};
}

int hex_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      result
        += static_cast<char>(hex_of(text[i + 1]) * 16 + hex_of(text[i + 2]));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

const char* reason_of(int status) {
  return http::obsolete_reason(
           http::int_to_status(static_cast<unsigned>(status)))
    .data();
}

} // namespace

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> result;
  while (!path.empty()) {
    auto end = std::min(path.find('/'), path.size());
    if (end > 0)
      result.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return result;
}

std::string parameter_of(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    auto equals = part.find('=');
    if (part.substr(0, equals) == name && equals != std::string_view::npos)
      return decode(part.substr(equals + 1));
  }
  return {};
}

// -- connection ---------------------------------------------------------------

connection::connection(http_server& server, socket s, size_t port)
  : server_{server}, counts_{server.counts_}, socket_{std::move(s)}, port_{
                                                                       port} {
  ++counts_->accepted;
  counts_->peak = std::max(counts_->peak, ++counts_->open);
  socket_.non_blocking(true);
}

connection::~connection() {
  --counts_->open;
}

// Also while a stream goes on: that is how we learn that nobody wants it.
void connection::read() {
  if (is_reading_)
    return;
  is_reading_ = true;
  auto old = in_.size();
  in_.resize(old + read_size);
  socket_.async_read_some(asio::buffer(in_.data() + old, read_size),
                          [self = shared_from_this(), old](error_code err,
                                                           size_t count) {
                            self->is_reading_ = false;
                            self->in_.resize(old + count);
                            if (err)
                              self->drop();
                            else
                              self->on_bytes(count);
                          });
}

void connection::on_bytes(size_t) {
  if (!is_answering_ && !take_request() && is_open())
    read();
}

// Hands the first request in `in_` on, if it is complete.
bool connection::take_request() {
  if (!parser_) {
    parser_.emplace();
    parser_->eager(true);
    parser_->body_limit(max_body);
  }
  error_code err;
  while (!in_.empty() && !parser_->is_done()) {
    auto used = parser_->put(asio::buffer(in_), err);
    in_.erase(0, used);
    if (err == http::error::need_more) {
      return false;
    }
    if (err) {
      drop();
      return false;
    }
  }
  if (!parser_->is_done())
    return false;
  auto message = parser_->release();
  parser_.reset();
  request x;
  x.method = message.method();
  auto target = to_view(message.target());
  auto mark = std::min(target.find('?'), target.size());
  x.path = target.substr(0, mark);
  x.query = target.substr(std::min(mark + 1, target.size()));
  x.host = to_view(message[http::field::host]);
  x.authorization = to_view(message[http::field::authorization]);
  x.body = std::move(message.body());
  is_head_ = x.method == verb::head;
  keep_alive_ = message.keep_alive();
  is_answering_ = true;
  server_.handle_(shared_from_this(), std::move(x), port_);
  return true;
}

void connection::put_head(int status, std::string_view headers) {
  fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n{}{}", status,
                 reason_of(status), headers,
                 keep_alive_ ? "" : "Connection: close\r\n");
}

void connection::reply(int status, std::string_view headers,
                       std::string_view body) {
  if (!is_open() || !is_answering_)
    return;
  put_head(status, headers);
  if (status == 204 || status == 304)
    out_ += "\r\n";
  else
    fmt::format_to(std::back_inserter(out_), "Content-Length: {}\r\n\r\n",
                   body.size());
  if (!is_head_)
    out_ += body;
  finish_exchange();
}

void connection::begin_stream(int status, std::string_view headers) {
  if (!is_open() || !is_answering_)
    return;
  put_head(status, headers);
  out_ += "Transfer-Encoding: chunked\r\n\r\n";
  is_streaming_ = true;
  flush();
  read();
}

void connection::send_chunk(std::string_view bytes) {
  if (!is_open() || bytes.empty())
    return;
  fmt::format_to(std::back_inserter(out_), "{:x}\r\n{}\r\n", bytes.size(),
                 bytes);
  flush();
}

void connection::end_stream() {
  if (!is_open() || !is_streaming_)
    return;
  out_ += "0\r\n\r\n";
  is_streaming_ = false;
  on_closed = nullptr;
  finish_exchange();
}

void connection::finish_exchange() {
  is_answering_ = false;
  flush();
  if (!is_open())
    return;
  if (!keep_alive_ && !is_writing_) {
    drop();
    return;
  }
  if (in_.empty() || is_reading_)
    read();
  else
    asio::post(server_.loop_, [self = shared_from_this()] {
      if (!self->is_answering_ && !self->take_request() && self->is_open())
        self->read();
    });
}

// Most answers fit into the socket's buffer and need no wait.
void connection::flush() {
  if (is_writing_ || out_.empty())
    return;
  error_code err;
  auto count = socket_.write_some(asio::buffer(out_), err);
  if (err && err != asio::error::would_block) {
    drop();
    return;
  }
  if (count == out_.size()) {
    out_.clear();
    return;
  }
  // Its own buffer: `out_` grows, and so moves, while this is written.
  rest_ = out_.substr(count);
  out_.clear();
  is_writing_ = true;
  write_rest();
}

void connection::write_rest() {
  asio::async_write(socket_, asio::buffer(rest_),
                    [self = shared_from_this()](error_code err, size_t) {
                      self->is_writing_ = false;
                      if (err)
                        self->drop();
                      else if (!self->out_.empty())
                        self->flush();
                      else if (!self->keep_alive_ && !self->is_answering_)
                        self->drop();
                    });
}

void connection::silence() {
  is_answering_ = false;
  read();
}

void connection::drop() {
  error_code ignored;
  socket_.close(ignored);
  if (auto closed = std::exchange(on_closed, nullptr))
    closed();
}

// -- http_server --------------------------------------------------------------

struct http_server::acceptor {
  asio::basic_socket_acceptor<protocol> socket;
  size_t port;
};

http_server::http_server(asio::io_context& loop, handler handle)
  : loop_{loop}, handle_{std::move(handle)},
    counts_{std::make_shared<connection_counts>()} {
  // nop
}

http_server::~http_server() = default;

void http_server::listen_unix(const std::string& path, size_t port) {
  unlink(path.c_str());
  asio::local::stream_protocol::endpoint endpoint{path};
  auto& x = *acceptors_.emplace_back(
    new acceptor{asio::basic_socket_acceptor<protocol>{loop_}, port});
  x.socket.open(protocol{AF_UNIX, 0});
  x.socket.bind(endpoint);
  x.socket.listen(asio::socket_base::max_listen_connections);
  accept(x);
}

uint16_t http_server::listen_tcp(uint16_t number, size_t port) {
  asio::ip::tcp::endpoint endpoint{asio::ip::address_v4::loopback(), number};
  auto& x = *acceptors_.emplace_back(
    new acceptor{asio::basic_socket_acceptor<protocol>{loop_}, port});
  x.socket.open(protocol{AF_INET, IPPROTO_TCP});
  x.socket.set_option(asio::socket_base::reuse_address{true});
  x.socket.bind(endpoint);
  x.socket.listen(asio::socket_base::max_listen_connections);
  auto bound = x.socket.local_endpoint();
  accept(x);
  sockaddr_in address{};
  std::copy_n(reinterpret_cast<const char*>(bound.data()), sizeof(address),
              reinterpret_cast<char*>(&address));
  return ntohs(address.sin_port);
}

void http_server::accept(acceptor& x) {
  x.socket.async_accept([this, &x](error_code err, connection::socket socket) {
    if (err == asio::error::operation_aborted)
      return;
    if (!err) {
      if (socket.local_endpoint().protocol().family() == AF_INET) {
        error_code ignored;
        socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
      }
      std::make_shared<connection>(*this, std::move(socket), x.port)->read();
    }
    accept(x);
  });
}

} // namespace dw::sim
