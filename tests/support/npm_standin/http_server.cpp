#include "tests/support/npm_standin/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <ctime>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

namespace npm_standin {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr int idle_ms = 5000;
constexpr std::uint64_t body_limit = 16U << 20;

std::string date() {
  const auto seconds = std::time(nullptr);
  std::tm at{};
  ::gmtime_r(&seconds, &at);
  std::array<char, 64> text{};
  auto size
    = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &at);
  return {text.data(), size};
}

std::string text_of(beast::string_view x) {
  return {x.data(), x.size()};
}

request to_request(http::request<http::string_body>& in) {
  request out;
  out.method = text_of(in.method_string());
  set_target(out, text_of(in.target()));
  for (const auto& field : in)
    out.headers.emplace_back(text_of(field.name_string()),
                             text_of(field.value()));
  out.body = std::move(in.body());
  return out;
}

http::response<http::string_body> to_response(reply& from, bool keep_alive) {
  http::response<http::string_body> out;
  out.version(11);
  out.result(static_cast<unsigned>(from.status));
  out.keep_alive(keep_alive);
  out.set(http::field::date, date());
  if (keep_alive)
    out.set(http::field::keep_alive, "timeout=5");
  for (const auto& [name, value] : from.headers)
    out.set(name, value);
  if (!from.content_type.empty())
    out.set(http::field::content_type, from.content_type);
  out.body() = std::move(from.body);
  if (from.status != 204)
    out.prepare_payload();
  return out;
}

/// Waits for the first byte of the next request.
bool wait_for_request(tcp::socket& socket, const beast::flat_buffer& buffer) {
  pollfd readable{socket.native_handle(), POLLIN, 0};
  return buffer.size() > 0 || ::poll(&readable, 1, idle_ms) == 1;
}

void send_bad_request(tcp::socket& socket) {
  static constexpr std::string_view text
    = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
  error_code ignored;
  asio::write(socket, asio::buffer(text), ignored);
}

/// @returns false if there is nothing more to read.
bool read(tcp::socket& socket, beast::flat_buffer& buffer,
          http::request_parser<http::string_body>& parser) {
  error_code problem;
  parser.body_limit(body_limit);
  http::read_header(socket, buffer, parser, problem);
  if (!problem && parser.get()[http::field::expect] == "100-continue") {
    static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::write(socket, asio::buffer(text), problem);
  }
  if (!problem)
    http::read(socket, buffer, parser, problem);
  if (problem && problem.category() != boost::system::system_category()
      && problem != http::error::end_of_stream)
    send_bad_request(socket);
  return !problem;
}

} // namespace

class http_server::implementation {
public:
  implementation(const std::string& address, std::uint16_t port, handler serve)
    : acceptor_(io_, {asio::ip::make_address(address), port}),
      serve_(std::move(serve)) {
    // nop
  }

  std::uint16_t port() const {
    return acceptor_.local_endpoint().port();
  }

  void start() {
    accepting_ = std::thread{[this] { accept(); }};
  }

  void stop() {
    {
      const std::lock_guard guard{mutex_};
      stopping_ = true;
      // Wakes up accept() and all reads; close() would not.
      ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
      for (auto& x : connections_)
        if (x.socket)
          ::shutdown(x.socket->native_handle(), SHUT_RDWR);
    }
    if (accepting_.joinable())
      accepting_.join();
    for (auto& x : connections_)
      x.thread.join();
    connections_.clear();
  }

private:
  struct connection {
    /// None when the thread is about to end.
    std::optional<tcp::socket> socket;
    std::thread thread;
  };

  void accept() {
    for (;;) {
      tcp::socket socket{io_};
      error_code problem;
      acceptor_.accept(socket, problem);
      const std::lock_guard guard{mutex_};
      if (stopping_)
        return;
      reap();
      if (problem)
        continue;
      auto& added = connections_.emplace_back();
      added.socket.emplace(std::move(socket));
      added.thread = std::thread{[this, &added] {
        converse(*added.socket);
        const std::lock_guard closing{mutex_};
        added.socket.reset();
      }};
    }
  }

  void reap() {
    std::erase_if(connections_, [](connection& x) {
      if (!x.socket)
        x.thread.join();
      return !x.socket;
    });
  }

  void converse(tcp::socket& socket) const {
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    beast::flat_buffer buffer;
    while (wait_for_request(socket, buffer)) {
      http::request_parser<http::string_body> parser;
      if (!read(socket, buffer, parser))
        return;
      auto out = answer(to_request(parser.get()));
      if (out.hang_up)
        return;
      const auto keep_alive = parser.get().keep_alive();
      error_code problem;
      http::write(socket, to_response(out, keep_alive), problem);
      if (problem || !keep_alive)
        break;
    }
    socket.shutdown(tcp::socket::shutdown_send, ignored);
  }

  reply answer(const request& in) const {
    try {
      return serve_(in);
    } catch (const std::exception& problem) {
      return {500, "text/plain", problem.what(), {}, false};
    }
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  handler serve_;
  std::thread accepting_;
  std::mutex mutex_;
  bool stopping_ = false;
  std::list<connection> connections_;
};

http_server::http_server(const std::string& address, std::uint16_t port,
                         handler serve)
  : implementation_(
    std::make_unique<implementation>(address, port, std::move(serve))) {
  // nop
}

http_server::~http_server() {
  implementation_->stop();
}

std::uint16_t http_server::port() const {
  return implementation_->port();
}

void http_server::start() {
  implementation_->start();
}

void http_server::stop() {
  implementation_->stop();
}

} // namespace npm_standin
