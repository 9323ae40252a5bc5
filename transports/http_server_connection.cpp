#include "transports/http_server_connection.hpp"

#include <boost/asio/error.hpp>

#include <utility>

namespace dw {

using clock_type = std::chrono::steady_clock;

server_connection::server_connection(server_context& context,
                                     std::unique_ptr<server_channel> channel,
                                     server_peer peer)
  : context_{context}, channel_{std::move(channel)}, peer_{std::move(peer)},
    timer_{context.loop->io} {
  // nop
}

// -- for the server -----------------------------------------------------------

void server_connection::start() {
  expect(stage::handshake, context_.limits.header_time);
  channel_->handshake([this, self = shared_from_this()](const auto& problem) {
    if (stage_ == stage::closed)
      return;
    if (problem)
      close();
    else
      next_request(context_.limits.header_time);
  });
}

void server_connection::turn_away() {
  refuse(503, "There are too many connections.");
}

void server_connection::drain() {
  switch (stage_) {
    case stage::handshake:
      return close();
    case stage::idle:
      return hang_up();
    case stage::header:
    case stage::body:
      return refuse(503, "The server is being stopped.");
    default:
      return; // what is being answered may finish
  }
}

void server_connection::close() {
  if (stage_ == stage::closed)
    return;
  stage_ = stage::closed;
  auto self = shared_from_this();
  timer_.cancel();
  then_ = nullptr;
  // Before the client can see it: from then on no answer is taken.
  if (auto exchange = std::exchange(exchange_, nullptr))
    exchange->lose();
  channel_->close();
  context_.on_closed(self);
}

// -- input --------------------------------------------------------------------

/// @param patience How long the client may take to begin with it.
void server_connection::next_request(std::chrono::milliseconds patience) {
  if (context_.draining)
    return hang_up();
  parser_.emplace();
  // Beast counts only what it has not taken yet; see `parse_some`.
  parser_->header_limit(static_cast<uint32_t>(context_.limits.header_bytes));
  parser_->body_limit(context_.limits.body_bytes);
  header_size_ = 0;
  expect(stage::idle, patience);
  parse();
}

/// Reads on, unless there is too much already. That is also how the end of a
/// client that waits for its answer is noticed.
void server_connection::read() {
  if (reading_ || input_ended_ || input_.size() >= context_.limits.header_bytes)
    return;
  reading_ = true;
  channel_->read_some(boost::asio::buffer(incoming_),
                      [this, self = shared_from_this()](const auto& problem,
                                                        size_t size) {
                        reading_ = false;
                        if (stage_ != stage::closed)
                          on_read(problem, size);
                      });
}

void server_connection::on_read(const error_code& problem, size_t size) {
  if (problem)
    return on_input_end(problem);
  if (stage_ == stage::closing)
    return read(); // and forget it
  if (stage_ == stage::refusing)
    return;
  boost::asio::buffer_copy(input_.prepare(size),
                           boost::asio::buffer(incoming_, size));
  input_.commit(size);
  if (stage_ == stage::serving)
    read();
  else
    parse();
}

void server_connection::on_input_end(const error_code& problem) {
  input_ended_ = true;
  auto only_that = problem == boost::asio::error::eof;
  if (stage_ == stage::refusing)
    return; // what is being written fails if nobody is there
  if (stage_ == stage::serving && only_that && !streaming_)
    return; // an answer may still be wanted
  close();
}

// -- time ---------------------------------------------------------------------

void server_connection::expect(stage next, std::chrono::milliseconds limit) {
  stage_ = next;
  timer_.expires_after(limit);
  timer_.async_wait([this, self = shared_from_this()](const auto& problem) {
    // It may have been set anew when this was on its way already.
    if (!problem && stage_ != stage::closed
        && timer_.expiry() <= clock_type::now())
      on_timeout();
  });
}

void server_connection::expect_nothing() {
  timer_.expires_at(clock_type::time_point::max());
}

void server_connection::on_timeout() {
  switch (stage_) {
    case stage::idle:
      return hang_up();
    case stage::header:
    case stage::body:
      return refuse(408, "The request did not arrive in time.");
    default:
      // A client that does not shake hands, take its answer, or close.
      return close();
  }
}

// -- the end ------------------------------------------------------------------

void server_connection::hang_up() {
  expect(stage::closing, context_.limits.linger_time);
  channel_->finish([this, self = shared_from_this()](const auto&) { close(); });
  if (!input_ended_)
    read();
  else if (!peer_.tls)
    close();
}

} // namespace dw
