#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace dw::faults {

/// Finds where an HTTP message ends in a stream of bytes.
template <bool IsRequest>
class message_reader {
public:
  using parser_type
    = boost::beast::http::parser<IsRequest, boost::beast::http::string_body>;

  message_reader() {
    parser_.eager(true);
    parser_.body_limit(boost::none);
    parser_.header_limit(1024 * 1024);
  }

  /// For a reply: the request was HEAD, so no body follows.
  void skip_body() {
    parser_.skip(true);
  }

  /// Takes what came. Nobody here sends a message before the one before has
  /// been answered.
  void put(std::string_view bytes) {
    pending_ += bytes;
    boost::system::error_code problem;
    for (size_t taken = 1; taken > 0 && !pending_.empty() && !is_done();) {
      taken = parser_.put(boost::asio::buffer(pending_), problem);
      pending_.erase(0, taken);
      has_failed_ = problem && problem != boost::beast::http::error::need_more;
    }
  }

  /// Whether it is complete, or can never be.
  bool is_done() const {
    return parser_.is_done() || has_failed_;
  }

  bool has_head() const {
    return parser_.is_header_done();
  }

  const auto& head() const {
    return parser_.get();
  }

private:
  parser_type parser_;
  std::string pending_;
  bool has_failed_ = false;
};

} // namespace dw::faults
