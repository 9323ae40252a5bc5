#include "tests/faults/session.hpp"

#include <poll.h>

#include <array>
#include <optional>

namespace dw::faults {

using namespace std::chrono_literals;

namespace {

// A reply of which so long nothing came has no end.
constexpr auto quiet_time = 500ms;

// For the first byte; the engine pulls meanwhile.
constexpr auto patience = 60s;

constexpr size_t most_pieces = 60;
constexpr auto piece_interval = 20ms;

constexpr size_t oversize_bytes = 512UL * 1024 * 1024;

constexpr std::string_view page
  = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 45\r\n\r\n"
    "<html><body><h1>Welcome</h1></body></html>   ";

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

/// What is there; nothing at the end of the stream.
std::string receive(int fd) {
  std::array<char, 64 * 1024> buffer;
  auto n = ::recv(fd, buffer.data(), buffer.size(), 0);
  return {buffer.data(), n > 0 ? static_cast<size_t>(n) : 0};
}

bool wait_for_bytes(int fd, std::chrono::milliseconds limit) {
  pollfd end{fd, POLLIN, 0};
  return poll(&end, 1, static_cast<int>(limit.count())) > 0;
}

/// A connection with the server for one exchange.
class server_connection {
public:
  explicit server_connection(const fault_proxy& proxy)
    : fd_{proxy.connect_to_target()} {
    // nop
  }

  server_connection(const server_connection&) = delete;
  server_connection& operator=(const server_connection&) = delete;

  ~server_connection() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const {
    return fd_;
  }

private:
  int fd_;
};

} // namespace

session::session(fault_proxy& proxy, int client)
  : proxy_{proxy}, client_{client} {
  // nop
}

void session::run() {
  while (read_request() && answer(proxy_.take(name_))) {
    // nop
  }
}

bool session::read_request() {
  request_reader reader;
  request_.clear();
  while (!reader.is_done()) {
    auto bytes = receive(client_);
    if (bytes.empty())
      return false;
    request_ += bytes;
    reader.put(bytes);
  }
  is_head_ = reader.head().method() == boost::beast::http::verb::head;
  auto method = std::string{reader.head().method_string()};
  auto target = std::string{reader.head().target()};
  name_ = exchange_name(method, target);
  return true;
}

bool session::answer(const planned_fault& plan) {
  auto kind = plan.what.kind;
  if (kind == fault_kind::twice) {
    fetch();
    return pass_on();
  }
  if (kind == fault_kind::refused) {
    proxy_.close_doors(plan.what.lasts);
    return reset();
  }
  auto goes_on = kind == fault_kind::none || kind == fault_kind::freeze
                 || kind == fault_kind::disk_full
                 || kind == fault_kind::clock_ahead
                 || kind == fault_kind::clock_behind;
  auto is_done = kind == fault_kind::lost || kind == fault_kind::kill_done
                 || (plan.is_done && kind != fault_kind::kill);
  if (!goes_on && is_done)
    fetch();
  proxy_.cause(plan);
  return goes_on ? pass_on() : spoil_reply(plan);
}

bool session::spoil_reply(const planned_fault& plan) {
  switch (plan.what.kind) {
    case fault_kind::cut:
      return send_cut();
    case fault_kind::stall:
      proxy_.hold(client_);
      return false;
    case fault_kind::drip:
      return send_in_pieces();
    case fault_kind::garbage:
      send_all(client_, std::string(600, '\x16') + "\xff\r\n\r\n{\"a\":");
      return false;
    case fault_kind::page:
      return send_all(client_, page);
    case fault_kind::oversize:
      return send_endlessly();
    case fault_kind::status_4xx:
    case fault_kind::status_5xx:
    case fault_kind::status_429:
      return send_status(plan.status);
    default:
      return reset();
  }
}

bool session::pass_on() {
  server_connection server{proxy_};
  reply_reader reader;
  if (is_head_)
    reader.skip_body();
  return server.get() >= 0 && send_all(server.get(), request_)
         && pass_back(server.get(), reader);
}

bool session::pass_back(int server, reply_reader& reader) {
  while (!reader.is_done()) {
    pollfd ends[] = {{client_, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(ends, 2, -1) < 0 || ends[0].revents != 0)
      return false; // who waits for a reply only writes if it goes away
    auto bytes = receive(server);
    if (bytes.empty() || !send_all(client_, bytes))
      return false;
    reader.put(bytes);
  }
  return true;
}

std::string session::fetch() {
  server_connection server{proxy_};
  reply_reader reader;
  if (is_head_)
    reader.skip_body();
  std::string result;
  if (server.get() < 0 || !send_all(server.get(), request_))
    return result;
  while (!reader.is_done()
         && wait_for_bytes(server.get(),
                           result.empty()
                             ? std::chrono::milliseconds{patience}
                             : std::chrono::milliseconds{quiet_time})) {
    auto bytes = receive(server.get());
    if (bytes.empty())
      break;
    result += bytes;
    reader.put(bytes);
  }
  return result;
}

bool session::send_cut() {
  auto reply = fetch();
  auto head = reply.find("\r\n\r\n");
  auto body = head == std::string::npos ? reply.size() : head + 4;
  send_all(client_, reply.substr(0, body + (reply.size() - body) / 2));
  return reset();
}

bool session::send_in_pieces() {
  auto reply = fetch();
  auto size = reply.size() / most_pieces + 1;
  for (size_t begin = 0; begin < reply.size(); begin += size) {
    if (!send_all(client_, std::string_view{reply}.substr(begin, size)))
      return false;
    std::this_thread::sleep_for(piece_interval);
  }
  return false;
}

bool session::send_endlessly() {
  std::string piece(1024 * 1024, ' ');
  if (!send_all(client_, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                         "Content-Length: "
                           + std::to_string(oversize_bytes) + "\r\n\r\n"))
    return false;
  for (size_t sent = 0; sent < oversize_bytes; sent += piece.size())
    if (!send_all(client_, piece))
      return false;
  return true;
}

bool session::send_status(int status) {
  std::string body = R"({"message":"the fault proxy says no"})";
  std::string head = "HTTP/1.1 " + std::to_string(status)
                     + " Fault\r\nContent-Type: application/json\r\n"
                       "Content-Length: "
                     + std::to_string(body.size()) + "\r\n";
  if (status == 429)
    head += "Retry-After: 1\r\n";
  return send_all(client_, head + "\r\n" + (is_head_ ? "" : body));
}

bool session::reset() {
  linger at_once{1, 0};
  setsockopt(client_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  return false;
}

} // namespace dw::faults
