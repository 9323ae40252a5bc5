#include "transports/http_server_connection.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace dw {

/// Sends what there is of the answer.
void server_connection::on_news() {
  if (stage_ != stage::serving || writing_)
    return;
  auto x = exchange_->take();
  if (x.cut)
    return close();
  std::string out;
  if (x.head) {
    streaming_ = x.streaming;
    if (streaming_ && input_ended_)
      return close();
    if (!append_head(out, *x.head)) {
      exchange_->lose();
      x.bytes.clear();
      x.complete = true;
      chunked_ = false;
    }
  }
  append_piece(out, x.bytes);
  if (x.complete && chunked_)
    out += "0\r\n\r\n";
  if (out.empty()) {
    if (x.complete)
      on_answered();
    return;
  }
  send(std::move(out), [this, size = x.bytes.size(), complete = x.complete] {
    exchange_->sent(size);
    if (complete)
      on_answered();
    else
      on_news();
  });
}

/// Appends the head, and the body of an answer that is no stream.
/// @returns false if a stream's body is not wanted.
bool server_connection::append_head(std::string& out, server_response& x) {
  auto with_body = has_body(x.status);
  chunked_ = streaming_ && with_body && !http_1_0_;
  // The end of the connection is the end of the stream.
  if (context_.draining || (streaming_ && with_body && http_1_0_))
    keep_alive_ = false;
  server_framing framing{
    .chunked = chunked_, .keep_alive = keep_alive_, .http_1_0 = http_1_0_};
  if (!streaming_ && with_body)
    framing.length = x.body.size();
  out = compose_head(x.status, x.headers, framing);
  with_body = with_body && !head_only_;
  if (with_body)
    out += x.body;
  return !streaming_ || with_body;
}

void server_connection::append_piece(std::string& out,
                                     std::string_view bytes) const {
  if (bytes.empty())
    return; // an empty chunk would be the end
  if (!chunked_) {
    out.append(bytes);
    return;
  }
  std::array<char, 16> size{};
  auto* end
    = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16)
        .ptr;
  out.append(size.data(), end).append("\r\n").append(bytes).append("\r\n");
}

void server_connection::on_answered() {
  exchange_.reset();
  if (keep_alive_)
    next_request(context_.limits.idle_time);
  else
    hang_up();
}

/// Answers without a handler, and closes.
/// @param detail A literal.
void server_connection::refuse(int status, std::string_view detail) {
  if (writing_) {
    // The client is still being told to go on with the body.
    expect(stage::refusing, context_.limits.write_time);
    then_ = [this, status, detail] { refuse(status, detail); };
    return;
  }
  stage_ = stage::refusing;
  auto x = make_refusal(status, detail);
  auto out = compose_head(x.status, x.headers,
                          {.length = x.body.size(), .keep_alive = false});
  send(out + x.body, [this] { hang_up(); });
}

/// @param then Called when all of it has left. Not called if that fails.
void server_connection::send(std::string bytes, std::function<void()> then) {
  output_ = std::move(bytes);
  written_ = 0;
  writing_ = true;
  then_ = std::move(then);
  send_more();
}

void server_connection::send_more() {
  expect(stage_, context_.limits.write_time);
  auto rest = boost::asio::buffer(output_) + written_;
  channel_->write_some(
    rest, [this, self = shared_from_this()](const auto& problem, size_t size) {
      if (stage_ == stage::closed)
        return;
      if (problem)
        return close();
      written_ += size;
      if (written_ < output_.size())
        return send_more();
      writing_ = false;
      output_ = {}; // it may be large
      expect_nothing();
      std::exchange(then_, nullptr)();
    });
}

} // namespace dw
