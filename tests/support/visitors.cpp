#include "tests/support/visitors.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <utility>

namespace dw::test {

using namespace std::chrono_literals;

namespace {

// Between two requests of one visitor: a load that two cores bear beside all
// else that a deploy needs.
constexpr auto interval = 8ms;

// The most that one visitor asks for, should nobody send him home.
constexpr size_t max_visits = 50'000;

constexpr long timeout_ms = 30'000;

struct deleter {
  void operator()(CURL* x) const {
    curl_easy_cleanup(x);
  }
  void operator()(curl_slist* x) const {
    curl_slist_free_all(x);
  }
};

/// The browser of one visitor.
class browser {
public:
  browser(const std::string& url, const std::string& domain, bool keeps_alive)
    : easy_{curl_easy_init()}, headers_{curl_slist_append(
                                 nullptr, ("Host: " + domain).c_str())},
      keeps_alive_{keeps_alive} {
    if (!easy_ || !headers_)
      throw std::runtime_error{"no libcurl"};
    auto* x = easy_.get();
    curl_easy_setopt(x, CURLOPT_URL, (url + "/").c_str());
    curl_easy_setopt(x, CURLOPT_HTTPHEADER, headers_.get());
    curl_easy_setopt(x, CURLOPT_PROXY, "");
    curl_easy_setopt(x, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(x, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(x, CURLOPT_FRESH_CONNECT, keeps_alive ? 0L : 1L);
    curl_easy_setopt(x, CURLOPT_FORBID_REUSE, keeps_alive ? 0L : 1L);
    curl_easy_setopt(x, CURLOPT_ERRORBUFFER, problem_.data());
    curl_easy_setopt(x, CURLOPT_WRITEDATA, &body_);
    curl_easy_setopt(x, CURLOPT_WRITEFUNCTION, add);
    curl_easy_setopt(x, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(x, CURLOPT_HEADERFUNCTION, read_header);
  }

  visit ask() {
    visit result;
    body_.clear();
    instance_id_.clear();
    problem_.fill('\0');
    result.keeps_alive = keeps_alive_;
    result.began = std::chrono::steady_clock::now();
    // Replaces a kept connection that ended without a byte by a new one.
    const auto code = curl_easy_perform(easy_.get());
    result.ended = std::chrono::steady_clock::now();
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &result.connections);
    if (code == CURLE_OK)
      result.status = static_cast<int>(status);
    else
      result.problem
        = std::string{curl_easy_strerror(code)} + ": " + problem_.data();
    result.version = version();
    result.instance_id = instance_id_;
    return result;
  }

private:
  static size_t add(const char* data, size_t size, size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
  }

  static size_t
  read_header(const char* data, size_t size, size_t count, void* to) {
    constexpr std::string_view name = "X-Instance-Id: ";
    const std::string_view line{data, size * count};
    if (line.starts_with(name))
      static_cast<browser*>(to)->instance_id_
        = line.substr(name.size(), line.find('\r') - name.size());
    return size * count;
  }

  std::string version() const {
    constexpr std::string_view start = "shop ";
    constexpr size_t enough = 60;
    const auto line = body_.substr(0, body_.find('\n'));
    return line.starts_with(start) ? line.substr(start.size())
                                   : line.substr(0, enough);
  }

  std::unique_ptr<CURL, deleter> easy_;
  std::unique_ptr<curl_slist, deleter> headers_;
  bool keeps_alive_;
  std::array<char, CURL_ERROR_SIZE> problem_{};
  std::string body_;
  std::string instance_id_;
};

} // namespace

visitors::visitors(std::string url, std::string domain,
                   size_t with_new_connections, size_t with_kept_connections)
  : url_{std::move(url)}, domain_{std::move(domain)} {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw std::runtime_error{"no libcurl"};
  for (size_t i = 0; i < with_new_connections + with_kept_connections; ++i)
    threads_.emplace_back(
      [this, i, with_new_connections] { run(i >= with_new_connections); });
}

visitors::~visitors() {
  stop();
}

bool visitors::wait_for(size_t count, std::chrono::seconds limit) {
  std::unique_lock guard{mutex_};
  return changed_.wait_for(guard, limit,
                           [&] { return visits_.size() >= count; });
}

std::vector<visit> visitors::stop() {
  {
    const std::lock_guard guard{mutex_};
    is_closed_ = true;
  }
  closing_.notify_all();
  for (auto& x : threads_)
    x.join();
  threads_.clear();
  std::ranges::sort(visits_, {}, &visit::began);
  return visits_;
}

void visitors::run(bool keeps_alive) {
  browser mine{url_, domain_, keeps_alive};
  for (size_t i = 0; i < max_visits; ++i) {
    record(mine.ask());
    if (!pause())
      return;
  }
}

bool visitors::pause() {
  std::unique_lock guard{mutex_};
  return !closing_.wait_for(guard, interval, [this] { return is_closed_; });
}

void visitors::record(visit what) {
  const std::lock_guard guard{mutex_};
  visits_.push_back(std::move(what));
  changed_.notify_all();
}

} // namespace dw::test
