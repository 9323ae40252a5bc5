#include "transports/http_server.hpp"

#include "transports/http_server_connection.hpp"
#include "transports/server_socket.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>
#include <unordered_set>
#include <utility>

namespace dw {

namespace asio = boost::asio;
using boost::system::error_code;

/// Connections of a listener that are told that there are too many, at the same
/// time; those beyond are only closed.
constexpr size_t max_turned_away = 64;

/// How long to wait for descriptors when there are none.
constexpr std::chrono::milliseconds accept_pause{100};

class http_server::impl {
public:
  impl(const server_limits& limits, handler serve) {
    context_.limits = limits;
    context_.serve = std::move(serve);
    context_.on_closed = [this](const auto& x) { on_closed(x); };
  }

  ~impl() {
    stop();
    if (thread_.joinable())
      thread_.join();
  }

  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  caf::error listen(const unix_listener& x);
  caf::error listen(const tcp_listener& x);
  void start();
  void stop();

  std::vector<uint16_t> ports;

private:
  using connection_set = std::unordered_set<std::shared_ptr<server_connection>>;
  using tls_context = std::shared_ptr<asio::ssl::context>;

  struct listener {
    asio::posix::stream_descriptor socket;
    asio::steady_timer pause;
    tls_context tls;
    server_socket file;
    connection_set connections = {};
    connection_set turned_away = {};
  };

  void add(server_socket x, tls_context tls);
  void wait_for_connections(listener& x);
  void accept(listener& x);
  void admit(listener& x, int fd);
  void on_closed(const std::shared_ptr<server_connection>& x);
  void drain();
  template <class F>
  void for_each_connection(F f);
  void end_if_empty();

  server_context context_;
  asio::io_context& io_ = context_.loop->io;
  asio::executor_work_guard<asio::io_context::executor_type> work_{
    io_.get_executor()};
  asio::steady_timer grace_{io_};
  std::vector<std::unique_ptr<listener>> listeners_;
  std::thread thread_;
};

// -- from other threads -------------------------------------------------------

caf::error http_server::impl::listen(const unix_listener& x) {
  auto socket = server_socket::listen_on_path(x.path, x.mode);
  if (!socket)
    return std::move(socket.error());
  add(std::move(*socket), nullptr);
  return {};
}

caf::error http_server::impl::listen(const tcp_listener& x) {
  tls_context tls;
  if (x.tls) {
    auto made = make_tls_context(x.tls->certificate, x.tls->key);
    if (!made)
      return std::move(made.error());
    tls = std::move(*made);
  }
  auto socket = server_socket::listen_on_tcp(x.address, x.port);
  if (!socket)
    return std::move(socket.error());
  add(std::move(*socket), std::move(tls));
  return {};
}

void http_server::impl::add(server_socket x, tls_context tls) {
  ports.push_back(x.port());
  auto fd = x.release();
  listeners_.push_back(std::make_unique<listener>(
    listener{asio::posix::stream_descriptor{io_, fd}, asio::steady_timer{io_},
             std::move(tls), std::move(x)}));
}

void http_server::impl::start() {
  for (auto& x : listeners_)
    wait_for_connections(*x);
  thread_ = std::thread{[this] {
    pthread_setname_np(pthread_self(), "http-server");
    // Signals are for the program.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    io_.run();
  }};
}

void http_server::impl::stop() {
  context_.loop->post([this] { drain(); });
}

// -- new connections ----------------------------------------------------------

void http_server::impl::wait_for_connections(listener& x) {
  x.socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this, &x](const error_code& problem) {
                        if (!problem && !context_.draining)
                          accept(x);
                      });
}

/// Not with Asio's acceptor, whose sockets are inherited by child processes.
void http_server::impl::accept(listener& x) {
  auto fd
    = accept_connection(x.socket.native_handle(), context_.limits.write_time);
  auto problem = errno;
  if (fd >= 0)
    admit(x, fd);
  if (fd >= 0 || problem == EAGAIN || problem == ECONNABORTED
      || problem == EINTR)
    return wait_for_connections(x);
  // There are no descriptors or no memory; it would say so again at once.
  x.pause.expires_after(accept_pause);
  x.pause.async_wait([this, &x](const error_code& cancelled) {
    if (!cancelled && !context_.draining)
      wait_for_connections(x);
  });
}

void http_server::impl::admit(listener& x, int fd) {
  auto peer = peer_of(fd);
  peer.tls = x.tls != nullptr;
  error_code problem;
  server_channel::socket socket{io_};
  socket.assign({peer.uid ? AF_UNIX : AF_INET, 0}, fd, problem);
  if (problem) {
    close(fd);
    return;
  }
  auto is_full = x.connections.size() >= context_.limits.connections;
  // Telling somebody over TLS would cost more than serving.
  if (is_full && (x.tls || x.turned_away.size() >= max_turned_away))
    return;
  auto channel = x.tls ? make_tls_channel(std::move(socket), *x.tls)
                       : make_plain_channel(std::move(socket));
  auto added = std::make_shared<server_connection>(context_, std::move(channel),
                                                   std::move(peer));
  (is_full ? x.turned_away : x.connections).insert(added);
  if (is_full)
    added->turn_away();
  else
    added->start();
}

void http_server::impl::on_closed(const std::shared_ptr<server_connection>& x) {
  for (auto& from : listeners_) {
    from->connections.erase(x);
    from->turned_away.erase(x);
  }
  end_if_empty();
}

// -- the end ------------------------------------------------------------------

void http_server::impl::drain() {
  if (std::exchange(context_.draining, true))
    return;
  for (auto& x : listeners_) {
    // First the file: whoever comes now shall find nothing, not a closed door.
    x->file.remove_file();
    error_code ignored;
    x->socket.close(ignored);
    x->pause.cancel();
  }
  grace_.expires_after(context_.limits.grace_time);
  grace_.async_wait([this](const error_code& cancelled) {
    if (!cancelled)
      for_each_connection([](auto& x) { x.close(); });
  });
  for_each_connection([](auto& x) { x.drain(); });
  end_if_empty();
}

/// @param f May close the connection.
template <class F>
void http_server::impl::for_each_connection(F f) {
  for (auto& from : listeners_)
    for (const auto* set : {&from->connections, &from->turned_away})
      for (const auto& x : connection_set{*set})
        f(*x);
}

/// Lets the loop run out of work when there is nobody left.
void http_server::impl::end_if_empty() {
  auto is_empty = [](const auto& x) {
    return x->connections.empty() && x->turned_away.empty();
  };
  if (!context_.draining
      || !std::all_of(listeners_.begin(), listeners_.end(), is_empty))
    return;
  grace_.cancel();
  work_.reset();
  context_.loop->close();
}

// -- the interface ------------------------------------------------------------

http_server::http_server(std::unique_ptr<impl> x) : impl_{std::move(x)} {
  // nop
}

http_server::~http_server() = default;

caf::expected<std::unique_ptr<http_server>>
http_server::start(const std::vector<server_listener>& listeners,
                   const server_limits& limits, handler serve) {
  auto made = std::make_unique<impl>(limits, std::move(serve));
  for (const auto& x : listeners)
    if (auto err
        = std::visit([&made](const auto& y) { return made->listen(y); }, x))
      return err;
  made->start();
  return std::unique_ptr<http_server>{new http_server{std::move(made)}};
}

void http_server::stop() {
  impl_->stop();
}

const std::vector<uint16_t>& http_server::ports() const noexcept {
  return impl_->ports;
}

} // namespace dw
