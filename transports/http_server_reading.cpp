#include "transports/http_server_connection.hpp"
#include "transports/server_target.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <utility>

namespace dw {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string in_lower_case(beast::string_view name) {
  std::string result{name.data(), name.size()};
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

size_t count(const server_request& x, std::string_view name) {
  return static_cast<size_t>(
    std::count_if(x.headers.begin(), x.headers.end(),
                  [name](const auto& header) { return header.name == name; }));
}

bool is_same(std::string_view x, const char* y) {
  return beast::iequals({x.data(), x.size()}, y);
}

} // namespace

/// Takes what it can from the input.
void server_connection::parse() {
  while (parse_some()) {
    // nop
  }
}

/// @returns whether there may be more to do at once.
bool server_connection::parse_some() {
  if (stage_ == stage::body && parser_->is_done()) {
    on_request();
    return false;
  }
  if (stage_ == stage::idle)
    skip_empty_lines();
  if (input_.size() == 0) {
    read_more();
    return false;
  }
  if (stage_ == stage::idle)
    expect(stage::header, context_.limits.header_time);
  error_code problem;
  auto used = parser_->put(input_.data(), problem);
  input_.consume(used);
  if (stage_ == stage::header)
    header_size_ += used;
  if (problem) {
    on_parse_error(problem);
    return false;
  }
  return stage_ == stage::header ? on_header() : true;
}

/// Some clients send one behind a body (RFC 9112, 2.2).
void server_connection::skip_empty_lines() {
  auto* text = static_cast<const char*>(input_.data().data());
  size_t size = 0;
  while (size < input_.size() && (text[size] == '\r' || text[size] == '\n'))
    ++size;
  input_.consume(size);
}

void server_connection::read_more() {
  if (input_ended_)
    close();
  else
    read();
}

void server_connection::on_parse_error(const error_code& problem) {
  auto limit = context_.limits.header_bytes;
  auto in_header = stage_ == stage::header;
  if (problem == http::error::body_limit)
    return refuse(413, "The body is too large.");
  if (problem == http::error::header_limit
      || (in_header && header_size_ + input_.size() > limit))
    return refuse(431, "The headers are too large.");
  // Nothing else than the head of a chunk can take that long.
  if (problem != http::error::need_more || input_.size() >= limit)
    return refuse(400, "This is not HTTP/1.1.");
  read_more();
}

/// The headers are complete. @returns whether to go on with the body.
bool server_connection::on_header() {
  if (header_size_ > context_.limits.header_bytes) {
    refuse(431, "The headers are too large.");
    return false;
  }
  read_header();
  return !refuse_header() && begin_body();
}

void server_connection::read_header() {
  const auto& message = parser_->get();
  http_1_0_ = message.version() == 10;
  head_only_ = message.method() == http::verb::head;
  keep_alive_ = parser_->keep_alive();
  request_ = {};
  request_.peer = peer_;
  request_.method = std::string{message.method_string()};
  // Now, for a trailer is not allowed to add to them.
  for (const auto& x : message)
    request_.headers.push_back(
      {in_lower_case(x.name_string()), secret{std::string{x.value()}}});
}

/// @returns whether it did.
bool server_connection::refuse_header() {
  auto target = parse_target(std::string{parser_->get().target()});
  auto codings = count(request_, "transfer-encoding");
  if (!target)
    refuse(400, "The target is not a path that can be decoded to UTF-8.");
  else if (!http_1_0_ && count(request_, "host") != 1)
    refuse(400, "There has to be one Host header.");
  else if (codings > 0 && http_1_0_)
    refuse(400, "HTTP/1.0 has no transfer codings.");
  else if (codings > 1
           || (codings == 1
               && !is_same(request_.header("transfer-encoding"), "chunked")))
    refuse(501, "The only transfer coding is chunked.");
  else if (!http_1_0_ && count(request_, "expect") > 0
           && !is_same(request_.header("expect"), "100-continue"))
    refuse(417, "The only expectation is 100-continue.");
  else {
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    return false;
  }
  return true;
}

/// @returns whether to go on at once.
bool server_connection::begin_body() {
  stage_ = stage::body;
  if (parser_->is_done())
    return true;
  parser_->eager(true);
  expect(stage::body, context_.limits.body_time);
  if (http_1_0_ || request_.header("expect").empty() || input_.size() > 0)
    return true;
  send("HTTP/1.1 100 Continue\r\n\r\n", [this] {
    // The body may have come meanwhile, and even be answered.
    if (stage_ != stage::body)
      return on_news();
    expect(stage::body, context_.limits.body_time);
    parse();
  });
  return false;
}

void server_connection::on_request() {
  stage_ = stage::serving;
  expect_nothing();
  request_.body = std::move(parser_->get().body());
  parser_.reset();
  streaming_ = false;
  chunked_ = false;
  exchange_ = std::make_shared<server_exchange>(context_.limits.stream_buffer,
                                                [loop = context_.loop,
                                                 weak = weak_from_this()] {
                                                  loop->post([weak] {
                                                    if (auto self = weak.lock())
                                                      self->on_news();
                                                  });
                                                });
  read();
  try {
    context_.serve(std::move(request_),
                   responder{server_exchange::make_handle(exchange_)});
  } catch (...) {
    // The responder is gone, and so there is an answer.
  }
}

} // namespace dw
