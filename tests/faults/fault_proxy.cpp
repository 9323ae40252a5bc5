#include "tests/faults/fault_proxy.hpp"

#include "tests/faults/session.hpp"

#include <poll.h>

#include <utility>

namespace dw::faults {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view unix_scheme = "unix://";

// For how long nobody is accepted, unless that lasts.
constexpr auto closing_time = 400ms;

// How often somebody who waits looks whether that has an end.
constexpr auto look_interval = 20ms;

void check(int result, const char* what) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
}

/// The address of a socket file, or of a port of this machine.
class address {
public:
  address(const std::string& path, uint16_t port) {
    if (path.empty()) {
      inet_.sin_family = AF_INET;
      inet_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      inet_.sin_port = htons(port);
      size_ = sizeof inet_;
    } else {
      file_.sun_family = AF_UNIX;
      path.copy(file_.sun_path, sizeof file_.sun_path - 1);
      size_ = sizeof file_;
    }
  }

  const sockaddr* get() const {
    return size_ == sizeof inet_ ? reinterpret_cast<const sockaddr*>(&inet_)
                                 : reinterpret_cast<const sockaddr*>(&file_);
  }

  socklen_t size() const {
    return size_;
  }

private:
  sockaddr_in inet_{};
  sockaddr_un file_{};
  socklen_t size_ = 0;
};

int make_socket(const std::string& path) {
  return socket(path.empty() ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
                0);
}

std::string path_in(const std::string& target) {
  return target.starts_with(unix_scheme) ? target.substr(unix_scheme.size())
                                         : "";
}

} // namespace

fault_proxy::fault_proxy(const std::string& target, std::string socket)
  : target_path_{path_in(target)}, socket_{std::move(socket)} {
  if (target_path_.empty()) // stoi ends at the path
    target_port_
      = static_cast<uint16_t>(std::stoi(target.substr(target.rfind(':') + 1)));
  open();
  acceptor_ = std::thread{[this] { accept_all(); }};
}

fault_proxy::~fault_proxy() {
  {
    std::lock_guard guard{mutex_};
    has_stopped_ = true;
  }
  changed_.notify_all();
  sockets_.stop();
  acceptor_.join(); // from here on there are no new threads
  for (auto& x : threads_)
    x.join();
  if (listener_ >= 0)
    ::close(listener_);
}

std::string fault_proxy::url() const {
  return socket_.empty() ? "http://127.0.0.1:" + std::to_string(port_)
                         : std::string{unix_scheme} + socket_;
}

void fault_proxy::begin(planned_fault x) {
  std::lock_guard guard{mutex_};
  plan_ = std::move(x);
  has_happened_ = false;
  is_healed_ = false;
  lasts_ = false;
  counts_.clear();
  seen_.clear();
}

void fault_proxy::heal() {
  std::unique_lock guard{mutex_};
  plan_.what = {};
  is_healed_ = true;
  closed_until_ = {};
  changed_.notify_all();
  changed_.wait(guard, [this] { return causing_ == 0; });
}

void fault_proxy::cause(const planned_fault& x) {
  if (!x.cause)
    return;
  x.cause();
  std::lock_guard guard{mutex_};
  --causing_;
  changed_.notify_all();
}

bool fault_proxy::has_happened() const {
  std::lock_guard guard{mutex_};
  return has_happened_;
}

std::vector<exchange_id> fault_proxy::seen() const {
  std::lock_guard guard{mutex_};
  return seen_;
}

planned_fault fault_proxy::take(const std::string& name) {
  std::lock_guard guard{mutex_};
  exchange_id id{name, ++counts_[name]};
  seen_.push_back(id);
  if (plan_.what.kind == fault_kind::none || (id != plan_.at && !lasts_))
    return {};
  has_happened_ = true;
  lasts_ = plan_.what.lasts;
  auto result = plan_;
  causing_ += result.cause ? 1 : 0;
  if (!lasts_)
    plan_.what = {};
  return result;
}

// -- the doors ----------------------------------------------------------------

void fault_proxy::open() {
  auto listener = make_socket(socket_);
  check(listener, "socket");
  auto yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (!socket_.empty())
    ::unlink(socket_.c_str());
  address where{socket_, port_};
  check(bind(listener, where.get(), where.size()), "bind");
  check(listen(listener, 64), "listen");
  if (socket_.empty()) {
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    check(getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size),
          "getsockname");
    port_ = ntohs(bound.sin_port);
  }
  std::lock_guard guard{mutex_};
  listener_ = listener;
}

void fault_proxy::close_doors(bool lasts) {
  std::lock_guard guard{mutex_};
  closed_until_ = lasts ? std::chrono::steady_clock::time_point::max()
                        : std::chrono::steady_clock::now() + closing_time;
  if (listener_ >= 0)
    ::close(std::exchange(listener_, -1));
}

void fault_proxy::accept_all() {
  for (;;) {
    std::unique_lock guard{mutex_};
    if (has_stopped_)
      return;
    if (listener_ < 0) {
      if (std::chrono::steady_clock::now() >= closed_until_) {
        guard.unlock();
        open();
      } else {
        changed_.wait_for(guard, look_interval);
      }
      continue;
    }
    pollfd door{listener_, POLLIN, 0};
    guard.unlock();
    if (poll(&door, 1, static_cast<int>(look_interval.count())) <= 0)
      continue;
    guard.lock();
    auto client
      = listener_ < 0 ? -1 : accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      continue;
    sockets_.add(client);
    threads_.emplace_back([this, client] {
      session{*this, client}.run();
      sockets_.close(client);
    });
  }
}

int fault_proxy::connect_to_target() const {
  auto result = make_socket(target_path_);
  address where{target_path_, target_port_};
  if (connect(result, where.get(), where.size()) == 0)
    return result;
  ::close(result);
  return -1;
}

void fault_proxy::hold(int client) const {
  for (;;) {
    {
      std::lock_guard guard{mutex_};
      if (has_stopped_ || is_healed_)
        break;
    }
    pollfd end{client, POLLRDHUP, 0};
    if (poll(&end, 1, static_cast<int>(look_interval.count())) != 0)
      break;
  }
}

} // namespace dw::faults
