#include "bench/peers/floor/http_loop.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace dw::peer {

namespace {

constexpr std::array method_names{"GET", "POST", "PUT", "DELETE"};
constexpr std::array<const char*, 4> custom_names{nullptr, nullptr, "PUT",
                                                  "DELETE"};

const char* name_of(verb x) {
  return method_names[static_cast<size_t>(x)];
}

uint32_t to_epoll(int what) {
  return ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0u)
         | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0u);
}

int to_select(uint32_t events, uint32_t wanted) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0)
    events |= wanted;
  return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0)
         | ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

} // namespace

// -- http_loop ----------------------------------------------------------------

http_loop::http_loop(long connections)
  : epoll_{epoll_create1(EPOLL_CLOEXEC)}, multi_{curl_multi_init()} {
  if (epoll_ < 0)
    throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  if (multi_ == nullptr)
    throw std::bad_alloc{};
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, connections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &on_interest);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

http_loop::~http_loop() {
  curl_multi_cleanup(multi_);
  close(epoll_);
}

void http_loop::run(const bool& is_done) {
  while (true) {
    // What they start may be due at once, and end at once.
    while (!ready_.empty() || due_ <= clock::time_point{}) {
      std::swap(ready_, resumed_);
      for (auto x : resumed_)
        x.resume();
      resumed_.clear();
      if (due_ <= clock::time_point{})
        on_time();
      finish_exchanges();
    }
    if (!failure_.empty())
      throw std::runtime_error{failure_};
    if (is_done)
      return;
    wait();
  }
}

void http_loop::wait() {
  auto count = epoll_wait(epoll_, events_.data(),
                          static_cast<int>(events_.size()), time_left());
  for (auto i = 0; i < count; ++i)
    on_socket(events_[static_cast<size_t>(i)]);
  auto now = due_ == clock::time_point::max() && sleeping_.empty()
               ? clock::time_point{}
               : clock::now();
  if (due_ <= now)
    on_time();
  while (!sleeping_.empty() && sleeping_.begin()->first <= now)
    ready_.push_back(sleeping_.extract(sleeping_.begin()).mapped());
  finish_exchanges();
}

int http_loop::time_left() const {
  auto next
    = sleeping_.empty() ? due_ : std::min(due_, sleeping_.begin()->first);
  if (next == clock::time_point::max())
    return -1;
  auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

void http_loop::on_socket(const epoll_event& event) {
  auto fd = event.data.fd;
  auto& socket = at(fd);
  if (socket.wanted == 0) {
    // Nobody uses this connection, and the server has closed it.
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    socket.registered = 0;
    return;
  }
  int running = 0;
  curl_multi_socket_action(multi_, fd, to_select(event.events, socket.wanted),
                           &running);
}

void http_loop::on_time() {
  due_ = clock::time_point::max();
  int running = 0;
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
}

void http_loop::finish_exchanges() {
  int left = 0;
  while (auto* message = curl_multi_info_read(multi_, &left)) {
    auto* easy = message->easy_handle;
    auto code = message->data.result;
    char* data = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &data);
    curl_multi_remove_handle(multi_, easy);
    auto& x = *reinterpret_cast<exchange*>(data);
    x.code_ = code;
    if (x.waiting_)
      resume_soon(x.waiting_);
    else
      fail(fmt::format("the stream {} ended: {}", x.target_,
                       curl_easy_strerror(code)));
  }
}

void http_loop::start(exchange& x) {
  curl_multi_add_handle(multi_, x.easy_);
}

http_loop::socket_state& http_loop::at(int fd) {
  auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size())
    sockets_.resize(index + 1);
  return sockets_[index];
}

int http_loop::on_interest(CURL*, curl_socket_t fd, int what, void* self,
                           void*) noexcept {
  auto& loop = *static_cast<http_loop*>(self);
  auto& socket = loop.at(fd);
  auto events = what == CURL_POLL_REMOVE ? 0u : to_epoll(what);
  socket.wanted = events;
  // A kept connection stays registered, which saves two system calls per
  // exchange.
  if (events == 0 || events == socket.registered)
    return 0;
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  auto op = socket.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  socket.registered = events;
  return epoll_ctl(loop.epoll_, op, fd, &event);
}

int http_loop::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
  auto& due = static_cast<http_loop*>(self)->due_;
  if (timeout_ms < 0)
    due = clock::time_point::max();
  else if (timeout_ms == 0)
    due = clock::time_point{};
  else
    due = clock::now() + std::chrono::milliseconds{timeout_ms};
  return 0;
}

// The kernel unregisters what is closed.
int http_loop::on_close(void* self, curl_socket_t fd) noexcept {
  static_cast<http_loop*>(self)->at(fd) = {};
  return close(fd);
}

// -- exchange -----------------------------------------------------------------

exchange::exchange(http_loop& loop) : loop_{loop}, easy_{curl_easy_init()} {
  if (easy_ == nullptr)
    throw std::bad_alloc{};
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  // Else the environment is searched for each request.
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");
  curl_easy_setopt(easy_, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETFUNCTION, &http_loop::on_close);
  curl_easy_setopt(easy_, CURLOPT_CLOSESOCKETDATA, &loop);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
}

exchange::~exchange() {
  curl_multi_remove_handle(loop_.multi_, easy_);
  curl_easy_cleanup(easy_);
}

void exchange::prepare(verb method, const origin& to, const std::string& target,
                       const std::string* body) {
  method_ = method;
  target_ = target;
  body_.clear();
  // Together they would be taken apart and put together again each time, which
  // is a third of what libcurl does.
  curl_easy_setopt(easy_, CURLOPT_URL, to.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_REQUEST_TARGET, target_.c_str());
  curl_easy_setopt(easy_, CURLOPT_UNIX_SOCKET_PATH,
                   to.socket.empty() ? nullptr : to.socket.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER,
                   body == nullptr ? to.headers : to.body_headers);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, to.is_fresh ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, to.is_fresh ? 1L : 0L);
  if (method == verb::post || method == verb::put) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS,
                     body == nullptr ? "" : body->data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE,
                     body == nullptr ? 0L : static_cast<long>(body->size()));
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  }
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST,
                   custom_names[static_cast<size_t>(method)]);
}

const std::string& exchange::answer() {
  if (code_ != CURLE_OK)
    throw std::runtime_error{fmt::format("{} {}: {}", name_of(method_), target_,
                                         curl_easy_strerror(code_))};
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 400)
    throw std::runtime_error{fmt::format(
      "{} {}: status {}: {}", name_of(method_), target_, status, body_)};
  return body_;
}

void exchange::stream(const origin& to, const std::string& target,
                      curl_write_callback on_bytes, void* data) {
  prepare(verb::get, to, target, nullptr);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, on_bytes);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, data);
  loop_.start(*this);
}

size_t exchange::on_body(char* data, size_t, size_t size, void* self) noexcept {
  static_cast<exchange*>(self)->body_.append(data, size);
  return size;
}

} // namespace dw::peer
