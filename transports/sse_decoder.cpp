#include "transports/sse_decoder.hpp"

#include "messages/error.hpp"

#include <utility>

namespace dw {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

} // namespace

sse_decoder::sse_decoder(size_t max_event) : max_event_{max_event} {
  // nop
}

caf::expected<std::vector<sse_event>>
sse_decoder::feed(std::string_view bytes) {
  std::vector<sse_event> result;
  while (!failed_ && !bytes.empty()) {
    auto is_complete = take_line(bytes);
    if (line_.size() + data_.size() > max_event_)
      failed_ = make_failure(
        errc::too_large, {.operation = "read events",
                          .reply = "an event is longer than "
                                   + std::to_string(max_event_) + " bytes"});
    else if (is_complete)
      on_line(result);
  }
  if (failed_)
    return failed_;
  return result;
}

bool sse_decoder::take_line(std::string_view& bytes) {
  if (std::exchange(after_cr_, false) && bytes.front() == '\n')
    bytes.remove_prefix(1);
  auto end = bytes.find_first_of("\r\n");
  line_ += bytes.substr(0, end);
  if (end == std::string_view::npos) {
    bytes = {};
    return false;
  }
  after_cr_ = bytes[end] == '\r';
  bytes.remove_prefix(end + 1);
  return true;
}

void sse_decoder::on_line(std::vector<sse_event>& out) {
  auto line = std::exchange(line_, {});
  std::string_view rest{line};
  if (std::exchange(is_first_line_, false) && rest.starts_with(byte_order_mark))
    rest.remove_prefix(byte_order_mark.size());
  if (rest.empty()) {
    dispatch(out);
    return;
  }
  auto colon = rest.find(':');
  auto name = rest.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{}
                                               : rest.substr(colon + 1);
  if (value.starts_with(' '))
    value.remove_prefix(1);
  on_field(name, value);
}

// A comment has an empty name, and is none of these.
void sse_decoder::on_field(std::string_view name, std::string_view value) {
  if (name == "event")
    type_ = value;
  else if (name == "data")
    data_.append(value).push_back('\n');
  else if (name == "id" && value.find('\0') == std::string_view::npos)
    id_ = value;
}

void sse_decoder::dispatch(std::vector<sse_event>& out) {
  last_id_ = id_;
  auto type = std::exchange(type_, {});
  auto data = std::exchange(data_, {});
  if (data.empty())
    return;
  data.pop_back();
  out.push_back({type.empty() ? "message" : std::move(type), std::move(data)});
}

} // namespace dw
