#pragma once

#include "transports/server_responder.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// The answer to one request on its way from whatever thread gives it to its
/// connection. Locks; knows neither sockets nor HTTP's wire format.
class server_exchange {
public:
  /// What there is to send since the last time.
  struct news {
    /// Status and headers, once; the whole answer if it is no stream.
    std::optional<server_response> head;
    /// Comes with the head: it begins a stream.
    bool streaming = false;
    /// More of a stream's body.
    std::string bytes;
    /// The answer is complete with this.
    bool complete = false;
    /// It will never be complete.
    bool cut = false;
  };

  /// @param stream_buffer See `server_limits`.
  /// @param wake Called on any thread when there are news, and not again until
  ///        they were taken.
  server_exchange(size_t stream_buffer, std::function<void()> wake);

  /// What the handles share: when the last one is gone, the exchange is
  /// answered or cut.
  static std::shared_ptr<server_exchange>
  make_handle(std::shared_ptr<server_exchange> exchange);

  // -- for the handles, on any thread -----------------------------------------

  bool answer(server_response x);
  bool begin_stream(int status, std::vector<http_header> headers,
                    server_stream_events events);
  server_stream_state write(std::string_view bytes);
  void end();

  // -- for the connection, on the server's thread -----------------------------

  news take();

  /// So many bytes of the body have left.
  void sent(size_t bytes);

  /// The client has gone: nothing more is taken.
  void lose();

private:
  enum class phase : uint8_t { unanswered, streaming, over };

  void abandon();
  void wake_up(std::unique_lock<std::mutex> guard);
  size_t kept() const;

  const size_t stream_buffer_;
  const std::function<void()> wake_;

  std::mutex mutex_;
  // All that follows is guarded by it.
  phase phase_ = phase::unanswered;
  news news_;
  bool woken_ = false;
  // Bytes of the body that the connection took and has not sent yet.
  size_t unsent_ = 0;
  // A write was refused since there was room.
  bool full_ = false;
  server_stream_events events_;
};

} // namespace dw
