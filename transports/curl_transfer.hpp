#pragma once

#include "transports/curl_headers.hpp"
#include "transports/curl_multi.hpp"
#include "transports/exchange_clock.hpp"
#include "transports/http_loop.hpp"
#include "transports/report_batch.hpp"

#include <curl/curl.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// What transfers need of the loop that runs them.
struct transfer_context {
  /// When the current turn of the loop began.
  exchange_clock::time_point now;
  report_batch batch;
};

/// One exchange, on an easy handle while it is in flight. Lives on the loop's
/// thread, but may be made on any. libcurl keeps pointers into it.
class curl_transfer {
public:
  using deadline_map = std::multimap<exchange_clock::time_point, uint64_t>;

  /// @param context Of the loop; not touched here.
  curl_transfer(transfer_context& context, uint64_t id, http_request request,
                bool streaming, std::shared_ptr<http_observer> observer);

  curl_transfer(const curl_transfer&) = delete;
  curl_transfer& operator=(const curl_transfer&) = delete;

  uint64_t id() const noexcept {
    return id_;
  }

  const exchange_clock& clock() const noexcept {
    return clock_;
  }

  CURL* easy() const noexcept {
    return easy_.get();
  }

  /// Starts the clock and tells libcurl what to do.
  /// @param easy From `curl_multi::take_easy`.
  /// @returns false if the request cannot be right; then `fail` was called.
  bool prepare(easy_ptr easy);

  /// Takes the handle away, for the next transfer.
  easy_ptr release() noexcept {
    return std::move(easy_);
  }

  /// The consumer has room for `bytes` more.
  void resume(uint64_t bytes);

  /// Reports the end that libcurl found.
  void finish(CURLcode code);

  /// Reports a failure that we found.
  void fail(http_failure reason);

  /// Where the loop will look at the clock again.
  deadline_map::iterator next_look;

private:
  bool set_options();
  bool set_method();
  bool set_tls();
  void finish_well();

  // -- called by libcurl ------------------------------------------------------

  static size_t
  header_callback(char* data, size_t, size_t size, void* self) noexcept;
  static size_t
  body_callback(char* data, size_t, size_t size, void* self) noexcept;
  static int begin_callback(void* self, char*, char*, int, int) noexcept;

  bool on_header(std::string_view line);
  void on_header_field(std::string_view line);
  size_t on_body(std::string_view bytes);
  bool append_body(std::string_view bytes);

  // -- what to do -------------------------------------------------------------

  transfer_context& context_;
  uint64_t id_;
  http_request request_;
  bool streaming_;
  std::shared_ptr<http_observer> observer_;
  exchange_clock clock_;
  easy_ptr easy_;
  curl_header_list headers_;
  std::string connect_to_line_;
  curl_slist connect_to_list_{};

  // -- what came of it --------------------------------------------------------

  http_response response_;
  uint64_t header_bytes_ = 0;
  bool headers_complete_ = false;
  bool request_begun_ = false;
  /// Which limit was exceeded, empty if none.
  std::string exceeded_;
  /// Bytes of the stream that the consumer has not acknowledged.
  uint64_t on_the_way_ = 0;
  bool paused_ = false;
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

} // namespace dw
