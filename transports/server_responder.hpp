#pragma once

#include "transports/server_response.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace dw {

class server_exchange;

/// Told about a stream from the server's thread. Must only hand over: while
/// they work, all connections stand still. Must not throw. May use the stream,
/// and may come before `begin_stream` has returned.
struct server_stream_events {
  /// The client has gone, or takes no more: it closed its connection or only
  /// its sending direction, took nothing for `server_limits::write_time`, asked
  /// for the headers only (HEAD), or the server was stopped. At most once, and
  /// not after `end`, unless that is called at the same time.
  std::function<void()> on_gone;
  /// There is room again after a `write` that was refused.
  std::function<void()> on_room;
};

/// What became of bytes that were written to a stream.
enum class server_stream_state : uint8_t {
  /// They are on their way.
  taken,
  /// The client does not keep up. None of them were taken.
  full,
  /// The client has gone, or the stream has ended. None of them were taken.
  gone,
};

/// The body of an answer that is sent piece by piece. A handle, like a
/// `responder`: copies mean the same stream, and all functions may be called
/// from any thread, also when the server is no more. If the last handle is
/// dropped without `end`, the connection is cut, so that the client does not
/// take what it has for all.
class server_stream {
public:
  explicit server_stream(std::shared_ptr<server_exchange> exchange);

  /// Sends bytes, all or none. What has not left yet is kept up to
  /// `server_limits::stream_buffer`; a single piece may exceed that if nothing
  /// else is kept.
  server_stream_state write(std::string_view bytes) const;

  /// The body is complete.
  void end() const;

private:
  std::shared_ptr<server_exchange> exchange_;
};

/// The way to answer one request. A handle: copies mean the same request, and
/// all functions may be called from any thread, also when the server is no
/// more. If the last handle is dropped without an answer, the answer is 500.
class responder {
public:
  explicit responder(std::shared_ptr<server_exchange> exchange);

  /// Answers. What HTTP does not allow (see `server_response`) becomes a 500.
  /// @returns false if nothing of it will be sent: there is an answer already,
  /// or the client has gone.
  bool answer(server_response x) const;

  /// Begins an answer whose body is sent piece by piece. Over HTTP/1.1 it is
  /// chunked, over HTTP/1.0 it ends with the connection.
  /// @returns none where `answer` returns false, and if the head is none that
  /// HTTP allows, which is answered with a 500. The events are dropped then.
  std::optional<server_stream>
  begin_stream(int status, std::vector<http_header> headers,
               server_stream_events events = {}) const;

private:
  std::shared_ptr<server_exchange> exchange_;
};

} // namespace dw
