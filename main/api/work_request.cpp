#include "main/api/work_request.hpp"

#include "main/arguments.hpp"
#include "main/problems.hpp"
#include "main/selected_stages.hpp"
#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "transports/json.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace dw::api {

namespace {

constexpr std::array known_members{
  "stage", "action", "tag", "image", "timeout_ms", "skip_drain", "drain_ms"};

caf::error refuse(std::string reply) {
  return make_failure(errc::invalid_argument,
                      {.operation = "read the request's JSON",
                       .reply = std::move(reply)});
}

/// Remembers the first member that is of another type.
class member_reader {
public:
  explicit member_reader(const json::value& object) : object_{object} {
    std::set<std::string> seen;
    for (size_t i = 0; i < object.size(); ++i) {
      auto key = object.key(i);
      if (std::find(known_members.begin(), known_members.end(), key)
          == known_members.end())
        complain(in_quotes(key) + " is not known");
      else if (!seen.insert(key).second)
        complain(key + " is there twice");
    }
  }

  std::string text(const char* name) {
    auto x = object_.member(name);
    if (x && !x.is_text())
      complain(std::string{name} + " is no text");
    else if (x && x.text().empty())
      complain(std::string{name} + " is empty");
    return x.text();
  }

  int64_t number(const char* name) {
    auto x = object_.member(name);
    if (x && (!x.is_number() || x.number() <= 0))
      complain(std::string{name} + " is no positive number");
    return x.number();
  }

  /// 0 counts; none if it is not there.
  std::optional<int64_t> number_from_zero(const char* name) {
    auto x = object_.member(name);
    if (!x)
      return std::nullopt;
    if (!x.is_number() || x.number() < 0)
      complain(std::string{name} + " is no number from 0 on");
    return x.number();
  }

  bool flag(const char* name) {
    auto x = object_.member(name);
    if (x && !x.is_flag())
      complain(std::string{name} + " is neither true nor false");
    return x.flag();
  }

  void complain(std::string problem) {
    if (problem_.empty())
      problem_ = std::move(problem);
  }

  const std::string& problem() const {
    return problem_;
  }

private:
  json::value object_;
  std::string problem_;
};

stage_action read_action(member_reader& reader) {
  auto name = reader.text("action");
  if (name.empty())
    return stage_action::deploy;
  auto result = stage_action::deploy;
  if (!assign_enum(result, name, last_public_action))
    reader.complain(in_quotes(name) + " is no action");
  return result;
}

} // namespace

caf::expected<submit_work>
parse_work_request(const configuration& config, const std::string& text) {
  json::document document{text};
  auto root = document.root();
  if (!document.ok())
    return refuse(document.problem());
  if (!root.is_object())
    return refuse("it is no object");
  member_reader reader{root};
  arguments args;
  auto action = read_action(reader);
  args.command = to_string(action);
  args.stages = {reader.text("stage")};
  args.tag = reader.text("tag");
  args.image = reader.text("image");
  args.timeout = std::chrono::milliseconds{reader.number("timeout_ms")};
  auto skip_drain = reader.flag("skip_drain");
  auto drain = reader.number_from_zero("drain_ms");
  if (args.stages.front().empty())
    reader.complain("stage is missing");
  auto is_deploy = action == stage_action::deploy;
  if (!args.tag.empty() && !is_deploy && action != stage_action::rollback)
    reader.complain("tag is for deploy and rollback only");
  if (!args.image.empty() && !is_deploy)
    reader.complain("image is for deploy only");
  if (!reader.problem().empty())
    return refuse(reader.problem());
  auto specs = selected_stages(args, config, false);
  if (!specs)
    return std::move(specs.error());
  submit_work result;
  result.action = action;
  result.spec = std::move(specs->front());
  result.rollback_to = action == stage_action::rollback ? args.tag : "";
  result.skip_drain = skip_drain;
  if (drain)
    result.spec.drain = std::chrono::milliseconds{*drain};
  return result;
}

} // namespace dw::api
