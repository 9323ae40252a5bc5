#include "main/api/event_log.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace dw::api {

namespace {

void append_event(std::string& out, std::string_view id, std::string_view type,
                  std::string_view data) {
  out.append("id: ").append(id).append("\nevent: ").append(type);
  out.append("\ndata: ").append(data).append("\n\n");
}

bool matches(std::string_view wanted, std::string_view value) {
  return wanted.empty() || wanted == value;
}

} // namespace

event_log::event_log(std::string epoch, size_t capacity)
  : epoch_{std::move(epoch)}, capacity_{capacity} {
  // nop
}

void event_log::append(std::string type, std::string data, std::string project,
                       std::string stage) {
  if (entries_.size() == capacity_)
    entries_.pop_front();
  entries_.push_back(
    {std::move(type), std::move(data), std::move(project), std::move(stage)});
  ++end_;
}

event_cursor event_log::begin(std::string_view last_event_id) const {
  event_cursor result;
  if (last_event_id.empty())
    result.next = end_;
  else if (auto number = number_of(last_event_id))
    result.next = *number + 1;
  else
    result.next = 0; // before the first one ever: a gap
  return result;
}

std::string event_log::read(event_cursor& cursor, size_t max_bytes) const {
  std::string result;
  if (cursor.next < first()) {
    append_event(
      result, id_of(first() - 1), "gap",
      R"({"type":"gap","text":"events were missed; read the state again"})");
    cursor.next = first();
  }
  while (cursor.next < end_ && result.size() < max_bytes) {
    const auto& x = entries_[cursor.next - first()];
    if (matches(cursor.project, x.project) && matches(cursor.stage, x.stage))
      append_event(result, id_of(cursor.next), x.type, x.data);
    ++cursor.next;
  }
  return result;
}

std::optional<uint64_t> event_log::number_of(std::string_view id) const {
  auto dash = id.find('-');
  if (dash == std::string_view::npos || id.substr(0, dash) != epoch_)
    return std::nullopt;
  auto digits = id.substr(dash + 1);
  uint64_t result = 0;
  auto [end, err]
    = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (err != std::errc{} || end != digits.data() + digits.size()
      || result >= end_)
    return std::nullopt;
  return result;
}

std::string event_log::id_of(uint64_t number) const {
  return epoch_ + "-" + std::to_string(number);
}

} // namespace dw::api
