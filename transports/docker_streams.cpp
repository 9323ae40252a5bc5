#include "transports/docker_streams.hpp"

#include "messages/naming.hpp"
#include "transports/docker_request.hpp"
#include "transports/general_hint.hpp"
#include "transports/image_reference.hpp"
#include "transports/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace dw::docker {

namespace {

// An image has at most 127 layers; this bounds what a bad peer can make us
// remember.
constexpr size_t max_layers = 1024;
constexpr size_t max_layer_id = 128;

// Sizes beyond a petabyte are nonsense, and so their sum does not overflow.
constexpr int64_t max_layer_size = 1'000'000'000'000'000;

constexpr size_t max_status = 200;

constexpr std::string_view digest_prefix = "Digest: ";

/// What a layer may be told to do. Other ids in the stream are tags and
/// warnings.
constexpr std::array<std::string_view, 9> layer_statuses{
  "Pulling fs layer",   "Waiting",           "Downloading",
  "Verifying Checksum", "Download complete", "Extracting",
  "Pull complete",      "Already exists",    "Retrying in",
};

bool is_layer_status(std::string_view status) {
  return std::any_of(layer_statuses.begin(), layer_statuses.end(),
                     [&](auto x) { return status.starts_with(x); });
}

uint64_t size_of(const json::value& detail, const char* name) {
  return static_cast<uint64_t>(
    std::clamp<int64_t>(detail.number(name), 0, max_layer_size));
}

std::string first_line(std::string_view text) {
  return clean_text(text.substr(0, text.find('\n')), max_status);
}

/// The text of an error, in its newer or older form; none if there is none.
std::optional<std::string> error_in(const json::value& line) {
  auto detail = line.member("errorDetail");
  auto brief = line.member("error");
  if (!detail && !brief)
    return std::nullopt;
  auto text = detail.text("message");
  return text.empty() ? brief.text() : text;
}

caf::error bad_line(std::string_view operation, std::string_view object,
                    const json::document& doc) {
  return make_exchange_failure(doc.code(), {.operation = std::string{operation},
                                            .object = std::string{object},
                                            .peer = engine_peer,
                                            .reply = doc.problem()});
}

} // namespace

// -- line_splitter ------------------------------------------------------------

line_splitter::line_splitter(size_t max_line) : max_line_{max_line} {
  // nop
}

caf::error line_splitter::too_long() const {
  return make_failure(
    errc::too_large,
    {.operation = "read a stream of",
     .object = engine_peer,
     .reply = "a line is longer than " + std::to_string(max_line_) + " bytes",
     .hint = general_hint(errc::too_large, engine_peer)});
}

// -- pull_decoder -------------------------------------------------------------

pull_decoder::pull_decoder(std::string reference) {
  progress_.reference = std::move(reference);
}

caf::error pull_decoder::feed(std::string_view bytes) {
  if (failed_)
    return failed_;
  failed_
    = lines_.feed(bytes, [this](std::string_view x) { return on_line(x); });
  if (failed_ && code_of(failed_) == errc::too_large)
    failed_ = with_failure(failed_, [this](failure& x) {
      x.operation = operation::pull;
      x.object = progress_.reference;
      x.peer = engine_peer;
    });
  return failed_;
}

caf::error pull_decoder::finish() const {
  if (failed_ || lines_.rest().empty())
    return failed_;
  return make_exchange_failure(errc::connection_lost,
                               {.operation = std::string{operation::pull},
                                .object = progress_.reference,
                                .peer = engine_peer,
                                .reply = "the stream ended within a line"});
}

caf::error pull_decoder::on_line(std::string_view line) {
  json::document doc{std::string{line}};
  auto root = doc.root();
  if (!root.is_object())
    root.reject("is not an object");
  if (!doc.ok())
    return bad_line(operation::pull, progress_.reference, doc);
  if (auto text = error_in(root))
    return pull_failure(progress_.reference, *text);
  auto status = root.text("status");
  progress_.status = first_line(status);
  if (status.starts_with(digest_prefix)) {
    auto digest = status.substr(digest_prefix.size());
    if (is_image_digest(digest))
      digest_ = std::move(digest);
  }
  auto id = root.text("id");
  if (!id.empty() && id.size() <= max_layer_id && is_layer_status(status)) {
    auto detail = root.member("progressDetail");
    on_layer(id, status, size_of(detail, "current"), size_of(detail, "total"));
  }
  return caf::none;
}

void pull_decoder::on_layer(const std::string& id, std::string_view status,
                            uint64_t current, uint64_t total) {
  auto i = layers_.find(id);
  if (i == layers_.end()) {
    if (layers_.size() == max_layers)
      return;
    i = layers_.emplace(id, layer{}).first;
    ++progress_.layers_total;
  }
  auto& x = i->second;
  auto before = x;
  if (total > 0)
    x.total = total;
  if (status == "Downloading")
    x.done = std::min(current, x.total);
  // What counts is the download: while it extracts, `current` begins anew.
  else if (status == "Download complete" || status == "Extracting")
    x.done = x.total;
  else if (status == "Pull complete" || status == "Already exists") {
    x.done = x.total;
    x.complete = true;
  }
  progress_.bytes_done += x.done - before.done;
  progress_.bytes_total += x.total - before.total;
  if (x.complete && !before.complete)
    ++progress_.layers_done;
}

// -- event_decoder ------------------------------------------------------------

namespace {

std::optional<engine_event_kind> to_kind(std::string_view action) {
  constexpr std::string_view health_prefix = "health_status: ";
  if (action.starts_with(health_prefix)) {
    action.remove_prefix(health_prefix.size());
    for (auto x : {engine_event_kind::healthy, engine_event_kind::unhealthy})
      if (action == to_string(x))
        return x;
    return std::nullopt;
  }
  for (auto x : {engine_event_kind::start, engine_event_kind::die,
                 engine_event_kind::oom, engine_event_kind::destroy,
                 engine_event_kind::rename, engine_event_kind::pause,
                 engine_event_kind::unpause})
    if (action == to_string(x))
      return x;
  return std::nullopt;
}

/// Appends the event of a line, if it is one of ours.
caf::error read_event(std::string_view line, std::vector<engine_event>& out) {
  json::document doc{std::string{line}};
  auto root = doc.root();
  if (!root.is_object())
    root.reject("is not an object");
  auto kind = to_kind(root.text("Action"));
  if (doc.ok() && (!kind || root.text("Type") != "container"))
    return caf::none;
  auto actor = root.needed_object("Actor");
  // Labels are among them, so that only our own can be trusted.
  auto attributes = actor.member("Attributes");
  engine_event event;
  event.container_id = actor.needed_text("ID");
  event.project = attributes.text(label::project);
  event.stage = attributes.text(label::stage);
  event.time_ns = root.needed_number("timeNano");
  if (!doc.ok())
    return bad_line(operation::events, {}, doc);
  event.kind = *kind;
  out.push_back(std::move(event));
  return caf::none;
}

} // namespace

caf::expected<std::vector<engine_event>>
event_decoder::feed(std::string_view bytes) {
  std::vector<engine_event> result;
  if (!failed_)
    failed_ = lines_.feed(bytes, [&](std::string_view x) {
      return read_event(x, result);
    });
  if (failed_)
    return failed_;
  return result;
}

} // namespace dw::docker
