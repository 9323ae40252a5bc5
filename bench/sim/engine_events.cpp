#include "bench/sim/engine_events.hpp"

#include "bench/sim/engine_replies.hpp"
#include "bench/sim/recording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace dw::sim {

namespace {

// What the engine keeps for `since`, measured.
constexpr size_t max_past = 256;

// An entry of a filter is "key" or "key=value".
bool has_label(const std::map<std::string, std::string>& labels,
               std::string_view wanted) {
  auto equals = wanted.find('=');
  auto i = labels.find(std::string{wanted.substr(0, equals)});
  return i != labels.end()
         && (equals == std::string_view::npos
             || i->second == wanted.substr(equals + 1));
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
           std::chrono::system_clock::now().time_since_epoch())
    .count();
}

} // namespace

bool event_streams::filter::takes(
  const std::string& action,
  const std::map<std::string, std::string>& of) const {
  auto is_action = [&](const std::string& x) {
    // "health_status" matches "health_status: healthy", too.
    return action == x || action.starts_with(x + ":");
  };
  auto matches = [&](const std::string& x) { return has_label(of, x); };
  return (types.empty()
          || std::find(types.begin(), types.end(), "container") != types.end())
         && (actions.empty()
             || std::any_of(actions.begin(), actions.end(), is_action))
         && std::all_of(labels.begin(), labels.end(), matches);
}

event_streams::filter event_streams::read_filter(std::string_view query) {
  auto text = parameter_of(query, "filters");
  return {filter_values(text, "type"), filter_values(text, "event"),
          filter_values(text, "label")};
}

void event_streams::subscribe(const connection_ptr& to,
                              std::string_view query) {
  auto wanted = read_filter(query);
  to->begin_stream(200, engine_headers());
  to->on_closed = [this, key = to.get()] { streams_.erase(key); };
  if (auto since = parameter_of(query, "since"); !since.empty()) {
    auto dot = std::min(since.find('.'), since.size());
    auto nanos = (since.substr(std::min(dot + 1, since.size())) + "000000000")
                   .substr(0, 9);
    auto from
      = std::stoll(since.substr(0, dot)) * 1'000'000'000 + std::stoll(nanos);
    for (const auto& x : past_)
      if (x.time_ns >= from && wanted.takes(x.action, x.labels))
        to->send_chunk(x.line);
  }
  streams_.emplace(to.get(), std::pair{to, std::move(wanted)});
}

void event_streams::emit(const std::string& action, const std::string& id,
                         const std::map<std::string, std::string>& attributes,
                         const std::map<std::string, std::string>& labels) {
  auto time = now_ns();
  std::string all;
  for (const auto* map : {&attributes, &labels})
    for (const auto& [key, value] : *map)
      all += (all.empty() ? "" : ",") + json_string(key) + ":"
             + json_string(value);
  auto line = fmt::format(
    R"({{"status":"{0}","id":"{1}","from":{2},"Type":"container",)"
    R"("Action":"{0}","Actor":{{"ID":"{1}","Attributes":{{{3}}}}},)"
    R"("scope":"local","time":{4},"timeNano":{5}}})"
    "\n",
    action, id, json_string(attributes.at("image")), all, time / 1'000'000'000,
    time);
  // A stream that is closed meanwhile takes itself out.
  auto receivers = std::vector<connection_ptr>{};
  for (const auto& [key, x] : streams_)
    if (x.second.takes(action, labels))
      receivers.push_back(x.first);
  for (const auto& x : receivers)
    x->send_chunk(line);
  past_.push_back({action, time, labels, std::move(line)});
  if (past_.size() > max_past)
    past_.pop_front();
}

void event_streams::reset() {
  for (auto& [key, x] : std::exchange(streams_, {}))
    x.first->end_stream();
  past_.clear();
}

} // namespace dw::sim
