#include "transports/curl_multi.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace dw {

namespace {

/// How many handles to keep for later: each holds about 20 KiB.
constexpr size_t max_spare_handles = 256;

void init_curl_once() {
  static const auto code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK)
    throw std::runtime_error{curl_easy_strerror(code)};
}

template <class T>
bool set(CURL* easy, CURLoption option, T value) {
  return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

uint32_t to_epoll(int what) {
  switch (what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

/// An error of the socket is told as readiness: libcurl then finds out what it
/// is, whereas of CURL_CSELECT_ERR it knows no more than that.
int to_select(uint32_t events, uint32_t wanted) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0)
    events |= wanted;
  return ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0)
         | ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
}

} // namespace

curl_multi::curl_multi(epoll_set& sockets,
                       std::chrono::milliseconds keep_connections,
                       long max_connections)
  : sockets_{sockets}, keep_connections_{keep_connections}, max_connections_{
                                                              max_connections} {
  init_curl_once();
  close_connections();
}

easy_ptr curl_multi::take_easy() {
  if (spare_.empty())
    return make_easy();
  auto result = std::move(spare_.back());
  spare_.pop_back();
  return result;
}

void curl_multi::keep_easy(easy_ptr easy) {
  if (easy && spare_.size() < max_spare_handles)
    spare_.push_back(std::move(easy));
}

bool curl_multi::add(CURL* easy) {
  return curl_multi_add_handle(multi_.get(), easy) == CURLM_OK;
}

void curl_multi::remove(CURL* easy) {
  curl_multi_remove_handle(multi_.get(), easy);
}

void curl_multi::on_event(const epoll_event& event) {
  auto fd = event.data.fd;
  int running = 0;
  curl_multi_socket_action(
    multi_.get(), fd, to_select(event.events, sockets_.wanted(fd)), &running);
}

void curl_multi::on_due() {
  due_ = clock::time_point::max();
  int running = 0;
  curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
}

curl_multi::done curl_multi::next_done() {
  int left = 0;
  while (auto* message = curl_multi_info_read(multi_.get(), &left))
    if (message->msg == CURLMSG_DONE)
      return {message->easy_handle, message->data.result};
  return {};
}

void curl_multi::close_connections() {
  multi_.reset(curl_multi_init());
  auto* multi = multi_.get();
  if (multi == nullptr)
    throw std::bad_alloc{};
  // By default it is four for each transfer that happens to be under way, which
  // closes connections whenever there are few.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_connections_);
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &on_interest);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  due_ = clock::time_point::max();
}

easy_ptr curl_multi::make_easy() {
  auto max_age = std::chrono::ceil<std::chrono::seconds>(keep_connections_);
  easy_ptr result{curl_easy_init()};
  auto* easy = result.get();
  auto ok = easy != nullptr && set(easy, CURLOPT_OPENSOCKETFUNCTION, &on_open)
            && set(easy, CURLOPT_CLOSESOCKETFUNCTION, &on_close)
            && set(easy, CURLOPT_CLOSESOCKETDATA, this)
            && set(easy, CURLOPT_NOSIGNAL, 1L)
            // Else giving up on a slow name server waits for it.
            && set(easy, CURLOPT_QUICK_EXIT, 1L)
            && set(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1})
            && set(easy, CURLOPT_PROTOCOLS_STR, "http,https")
            && set(easy, CURLOPT_PATH_AS_IS, 1L)
            && set(easy, CURLOPT_PROXY, "") // not the environment's
            && set(easy, CURLOPT_NOPROXY, "*")
            && set(easy, CURLOPT_NETRC, long{CURL_NETRC_IGNORED})
            && set(easy, CURLOPT_FOLLOWLOCATION, 0L)
            && set(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2})
            && set(easy, CURLOPT_MAXAGE_CONN, long{max_age.count()})
            // Finds out about peers that vanish while a stream is silent.
            && set(easy, CURLOPT_TCP_KEEPALIVE, 1L)
            && set(easy, CURLOPT_TCP_KEEPIDLE, 30L)
            && set(easy, CURLOPT_TCP_KEEPINTVL, 15L);
  if (!ok)
    result.reset();
  return result;
}

int curl_multi::on_interest(CURL*, curl_socket_t fd, int what, void* self,
                            void*) noexcept {
  static_cast<curl_multi*>(self)->sockets_.want(fd, to_epoll(what));
  return 0;
}

int curl_multi::on_timer(CURLM*, long timeout_ms, void* self) noexcept {
  auto& due = static_cast<curl_multi*>(self)->due_;
  if (timeout_ms < 0)
    due = clock::time_point::max();
  else if (timeout_ms == 0)
    due = clock::time_point{}; // now, also by the time of the current turn
  else
    due = clock::now() + std::chrono::milliseconds{timeout_ms};
  return 0;
}

curl_socket_t
curl_multi::on_open(void*, curlsocktype, curl_sockaddr* address) noexcept {
  return socket(address->family, address->socktype | SOCK_CLOEXEC,
                address->protocol);
}

int curl_multi::on_close(void* self, curl_socket_t fd) noexcept {
  static_cast<curl_multi*>(self)->sockets_.forget(fd);
  return close(fd);
}

} // namespace dw
