#pragma once

#include "messages/http.hpp"
#include "tests/support/temp_directory.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace dw::test {

/// Something that happens once, and that threads wait for.
class event {
public:
  void set() {
    promise_.set_value();
  }

  void wait() const {
    future_.wait();
  }

private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

/// Bytes over a connected socket. Errors look like the end.
class byte_stream {
public:
  virtual ~byte_stream() = default;

  /// @returns how many bytes were read, 0 or less at the end.
  virtual ssize_t read(char* data, size_t size) = 0;

  /// @returns how many bytes were written, 0 or less if that is impossible.
  virtual ssize_t write(const char* data, size_t size) = 0;
};

class plain_stream final : public byte_stream {
public:
  explicit plain_stream(int fd) : fd_{fd} {
    // nop
  }

  ssize_t read(char* data, size_t size) override {
    return recv(fd_, data, size, 0);
  }

  ssize_t write(const char* data, size_t size) override {
    return send(fd_, data, size, MSG_NOSIGNAL);
  }

private:
  int fd_;
};

/// The open sockets of a server, so that stopping it ends all blocking calls.
class open_sockets {
public:
  /// Takes over a socket. Shuts it down at once if the server has stopped.
  void add(int fd) {
    std::lock_guard guard{mutex_};
    fds_.insert(fd);
    if (stopped_)
      shutdown(fd, SHUT_RDWR);
  }

  void close(int fd) {
    std::lock_guard guard{mutex_};
    if (fds_.erase(fd) > 0)
      ::close(fd);
  }

  void stop() {
    std::lock_guard guard{mutex_};
    stopped_ = true;
    for (auto fd : fds_)
      shutdown(fd, SHUT_RDWR);
  }

private:
  std::mutex mutex_;
  std::set<int> fds_;
  bool stopped_ = false;
};

/// The server's side of a connection. Closes it when destroyed.
class connection {
public:
  connection(int fd, std::shared_ptr<open_sockets> sockets,
             std::unique_ptr<byte_stream> stream)
    : fd_{fd}, sockets_{std::move(sockets)}, stream_{std::move(stream)} {
    // nop
  }

  connection(connection&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, sockets_{std::move(other.sockets_)},
      stream_{std::move(other.stream_)}, buffer_{std::move(other.buffer_)} {
    // nop
  }

  connection& operator=(connection&&) = delete;

  ~connection() {
    close();
  }

  /// Reads headers and the body that Content-Length announces.
  /// @returns all of it, or what came before the end of the connection.
  std::string read_request() {
    auto end = std::string::npos;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
      if (!fill())
        return std::exchange(buffer_, {});
    auto size = end + 4 + content_length({buffer_.data(), end + 2});
    while (buffer_.size() < size)
      if (!fill())
        return std::exchange(buffer_, {});
    auto rest = buffer_.substr(size);
    buffer_.resize(size);
    return std::exchange(buffer_, std::move(rest));
  }

  /// Reads at least `size` bytes. @returns them, or fewer at the end.
  std::string read_bytes(size_t size) {
    while (buffer_.size() < size && fill()) {
      // nop
    }
    return std::exchange(buffer_, {});
  }

  /// @returns false if the client has closed the connection.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      auto n = stream_->write(bytes.data(), bytes.size());
      if (n <= 0)
        return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  /// Answers with a status, a body, and further header lines ("A: b\r\n").
  bool respond(int status, std::string_view body = {},
               std::string_view headers = {}) {
    auto head = "HTTP/1.1 " + std::to_string(status)
                + " Status\r\nContent-Length: " + std::to_string(body.size())
                + "\r\n" + std::string{headers} + "\r\n";
    return write(head.append(body));
  }

  /// Begins a chunked answer.
  bool begin_chunks(int status = 200) {
    return write("HTTP/1.1 " + std::to_string(status)
                 + " Status\r\nTransfer-Encoding: chunked\r\n\r\n");
  }

  bool write_chunk(std::string_view bytes) {
    std::array<char, 16> size{};
    auto end
      = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16)
          .ptr;
    return write(std::string{size.data(), end} + "\r\n" + std::string{bytes}
                 + "\r\n");
  }

  bool end_chunks() {
    return write("0\r\n\r\n");
  }

  /// Blocks until the client closes the connection.
  void wait_for_close() {
    while (fill()) {
      // nop
    }
  }

  /// Sends the end of the stream, and goes on reading.
  void half_close() {
    shutdown(fd_, SHUT_WR);
  }

  /// Closes only after the client has: the kernel turns a close that leaves
  /// bytes unread into a reset, which may overtake what was written last.
  void linger() {
    half_close();
    plain_stream raw{fd_};
    std::array<char, 1024> ignored{};
    while (raw.read(ignored.data(), ignored.size()) > 0) {
      // nop
    }
    close();
  }

  /// Makes the client see ECONNRESET (TCP).
  void reset() {
    struct linger now {
      1, 0
    };
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  void close() {
    if (fd_ < 0)
      return;
    stream_.reset();
    sockets_->close(std::exchange(fd_, -1));
  }

private:
  static size_t content_length(std::string_view headers) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    auto begin = headers.find(name);
    if (begin == std::string_view::npos)
      return 0;
    headers.remove_prefix(begin + name.size());
    size_t result = 0;
    std::from_chars(headers.data(), headers.data() + headers.size(), result);
    return result;
  }

  bool fill() {
    std::array<char, 64 * 1024> piece{};
    auto n = stream_->read(piece.data(), piece.size());
    if (n > 0)
      buffer_.append(piece.data(), static_cast<size_t>(n));
    return n > 0;
  }

  int fd_;
  std::shared_ptr<open_sockets> sockets_;
  std::unique_ptr<byte_stream> stream_;
  std::string buffer_;
};

/// A server on the loopback that does, byte by byte, what a test says. The
/// script runs on a thread of its own and blocks as it likes; what it waits for
/// are connections, bytes and `event`s, never time. Usable from any framework:
/// a failed `require` and any exception surface in `finish`.
class scripted_server {
public:
  using script = std::function<void(scripted_server&)>;
  using stream_maker = std::function<std::unique_ptr<byte_stream>(int fd)>;

  enum class transport { tcp, unix_socket };

  /// Listens, then runs `what`.
  /// @param wrap Makes the stream of a connected socket, for TLS.
  scripted_server(transport where, script what, stream_maker wrap = {},
                  int backlog = 4096)
    : sockets_{std::make_shared<open_sockets>()}, wrap_{std::move(wrap)} {
    if (where == transport::tcp)
      listen_on_tcp();
    else
      listen_on_unix();
    check(listen(listener_, backlog), "listen");
    sockets_->add(listener_);
    thread_ = std::thread{[this, what = std::move(what)] {
      ignore_broken_pipes();
      try {
        what(*this);
      } catch (const stopped&) {
        // nop
      } catch (...) {
        problem_ = std::current_exception();
      }
    }};
  }

  /// Stops the server wherever its script is.
  ~scripted_server() {
    sockets_->stop();
    if (thread_.joinable())
      thread_.join();
    sockets_->close(listener_);
  }

  scripted_server(const scripted_server&) = delete;
  scripted_server& operator=(const scripted_server&) = delete;

  // -- for the test -----------------------------------------------------------

  /// Waits for the end of the script. @throws what it has thrown.
  void finish() {
    if (thread_.joinable())
      thread_.join();
    if (auto problem = std::exchange(problem_, nullptr))
      std::rethrow_exception(problem);
  }

  /// Where to send requests; with TLS the scheme has to be changed.
  http_origin origin() const {
    http_origin result;
    result.socket_path = socket_path_;
    result.base_url = port_ == 0 ? "http://docker"
                                 : "http://127.0.0.1:" + std::to_string(port_);
    return result;
  }

  uint16_t port() const noexcept {
    return port_;
  }

  // -- for the script ---------------------------------------------------------

  /// Waits for a connection.
  connection accept() {
    auto fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0)
      throw stopped{};
    sockets_->add(fd);
    return {fd, sockets_,
            wrap_ ? wrap_(fd) : std::make_unique<plain_stream>(fd)};
  }

  /// Accepts a connection and reads a request from it.
  std::pair<connection, std::string> accept_request() {
    auto result = accept();
    auto request = result.read_request();
    return {std::move(result), std::move(request)};
  }

  /// No more connections: the kernel refuses them from now on.
  void stop_listening() {
    sockets_->close(std::exchange(listener_, -1));
    if (!socket_path_.empty())
      unlink(socket_path_.c_str());
  }

  static void require(bool condition, const std::string& what) {
    if (!condition)
      throw std::runtime_error{"scripted server: " + what};
  }

private:
  struct stopped {};

  static void check(int result, const char* what) {
    if (result < 0)
      throw std::system_error{errno, std::generic_category(), what};
  }

  // OpenSSL cannot be told not to raise the signal.
  static void ignore_broken_pipes() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  }

  template <class Address>
  void bind_to(const Address& address) {
    check(bind(listener_, reinterpret_cast<const sockaddr*>(&address),
               sizeof address),
          "bind");
  }

  void listen_on_tcp() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind_to(address);
    socklen_t size = sizeof address;
    check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size),
          "getsockname");
    port_ = ntohs(address.sin_port);
  }

  void listen_on_unix() {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socket_path_ = dir_.path("socket");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(&address.sun_path, socket_path_.c_str(),
                socket_path_.size() + 1);
    bind_to(address);
  }

  temp_directory dir_;
  std::string socket_path_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::shared_ptr<open_sockets> sockets_;
  stream_maker wrap_;
  std::exception_ptr problem_;
  std::thread thread_;
};

} // namespace dw::test
