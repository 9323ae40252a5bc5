#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace dw::test {

/// What a server sent.
struct raw_response {
  /// 0 if the connection ended before there was a head.
  int status = 0;
  /// Status line and headers, with the empty line.
  std::string head;
  /// Without the chunks' framing.
  std::string body;
  /// Whether it is as long as its head, or its last chunk, says.
  bool complete = false;

  /// The value of a header, spelled as the server does; empty if absent.
  std::string header(const std::string& name) const {
    auto begin = head.find("\r\n" + name + ": ");
    if (begin == std::string::npos)
      return {};
    begin += name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

/// A client that sends what a test says, byte by byte. Blocks; gives up after
/// a time that only a defect makes it wait.
class raw_client {
public:
  static raw_client to_path(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
    return connect_to(address);
  }

  static raw_client to_port(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return connect_to(address);
  }

  raw_client(raw_client&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, buffer_{std::move(other.buffer_)} {
    // nop
  }

  raw_client& operator=(raw_client&&) = delete;

  ~raw_client() {
    close();
  }

  /// @returns false if the server has closed the connection.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  /// Sends a request without a body.
  void request(const std::string& line, const std::string& headers = {}) const {
    send(line + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
  }

  /// @param head_only The request was HEAD.
  raw_response read_response(bool head_only = false) {
    auto x = read_head();
    if (x.status == 0)
      return x;
    auto length = x.header("Content-Length");
    if (head_only || x.status == 100 || x.status == 204 || x.status == 304)
      x.complete = true;
    else if (!length.empty())
      x.complete = read_sized(x.body, std::stoul(length));
    else if (x.header("Transfer-Encoding") == "chunked")
      x.complete = read_chunks(x.body);
    else
      x.body = read_all();
    return x;
  }

  /// Reads status line and headers only.
  raw_response read_head() {
    raw_response x;
    if (fill_until("\r\n\r\n")) {
      x.head = take(buffer_.find("\r\n\r\n") + 4);
      x.status = std::stoi(x.head.substr(9, 3));
    }
    return x;
  }

  /// Reads a chunk. @returns its bytes; nothing for the last one.
  std::string read_chunk() {
    std::string result;
    read_chunk(result);
    return result;
  }

  /// The rest, up to the end of the connection.
  std::string read_all() {
    while (fill()) {
      // nop
    }
    return std::exchange(buffer_, {});
  }

  /// Whether the server closes without another byte.
  bool is_closed() {
    return buffer_.empty() && !fill();
  }

  /// Whether the server has sent something that was not read.
  bool has_bytes() const {
    char ignored = 0;
    return !buffer_.empty()
           || recv(fd_, &ignored, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
  }

  /// Says that nothing more will be sent.
  void half_close() const {
    shutdown(fd_, SHUT_WR);
  }

  void close() {
    if (fd_ >= 0)
      ::close(std::exchange(fd_, -1));
  }

  /// Makes the server see ECONNRESET (TCP).
  void reset() {
    struct linger now {
      1, 0
    };
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

private:
  explicit raw_client(int fd) : fd_{fd} {
    timeval patience{.tv_sec = 40, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }

  template <class Address>
  static raw_client connect_to(const Address& address) {
    auto family = reinterpret_cast<const sockaddr*>(&address)->sa_family;
    raw_client result{socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(result.fd_, reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
        != 0)
      throw std::system_error{errno, std::generic_category(), "connect"};
    return result;
  }

  /// @returns false at the end of the connection.
  bool fill() {
    std::array<char, 64 * 1024> piece{};
    auto n = recv(fd_, piece.data(), piece.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      throw std::runtime_error{"the server does nothing"};
    if (n > 0)
      buffer_.append(piece.data(), static_cast<size_t>(n));
    return n > 0;
  }

  bool fill_until(std::string_view mark) {
    while (buffer_.find(mark) == std::string::npos)
      if (!fill())
        return false;
    return true;
  }

  std::string take(size_t size) {
    auto result = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return result;
  }

  bool read_sized(std::string& out, size_t size) {
    while (buffer_.size() < size)
      if (!fill())
        break;
    auto piece = take(size);
    out += piece;
    return piece.size() == size;
  }

  /// @returns false if it was cut.
  bool read_chunk(std::string& out) {
    if (!fill_until("\r\n"))
      return false;
    auto size = std::stoul(take(buffer_.find("\r\n") + 2), nullptr, 16);
    std::string end;
    return read_sized(out, size) && read_sized(end, 2) && end == "\r\n";
  }

  bool read_chunks(std::string& out) {
    for (;;) {
      std::string piece;
      if (!read_chunk(piece))
        return false;
      if (piece.empty())
        return true;
      out += piece;
    }
  }

  int fd_;
  std::string buffer_;
};

} // namespace dw::test
