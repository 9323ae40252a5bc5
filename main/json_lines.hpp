#pragma once

#include "actors/deploy_plan.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/drift.hpp"
#include "messages/engine.hpp"
#include "messages/journal.hpp"
#include "messages/node.hpp"
#include "messages/proxy.hpp"

#include <caf/error.hpp>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

// One JSON object per line, for programs that read our output. The members are
// a contract. Environments and credentials have no way in here.

namespace dw {

/// Builds one line.
class json_line {
public:
  /// @param type The value of the member "type".
  explicit json_line(std::string_view type);

  json_line& add(std::string_view key, std::string_view value);
  json_line& add(std::string_view key, const char* value);
  json_line& add(std::string_view key, bool value);
  json_line& add(std::string_view key, int64_t value);
  json_line& add(std::string_view key, const std::vector<std::string>& values);

  /// Adds null if there is no error.
  json_line& add(std::string_view key, const caf::error& value);

  /// Adds text that is JSON already.
  json_line& raw(std::string_view key, std::string_view json);

  /// Puts what is added up to `end` into an object of its own.
  json_line& begin(std::string_view key);
  json_line& end();

  /// Ends the line; it has no line end yet.
  std::string str();

private:
  /// A name or a value. What is not UTF-8 becomes '?', for nobody could read
  /// the line otherwise.
  void put(std::string_view text);

  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> out_{buffer_};
};

std::string to_json(const deploy_event& x);
std::string to_json(const deploy_report& x);

/// A piece of work of the history, with its latest event if it runs or waits.
std::string to_json(const work_record& x, const deploy_event* latest);

std::string to_json(const proxy_host& x);

std::string to_json(const drift& x);
std::string to_json(const drift_event& x);

/// What a deploy of `spec` would change.
std::string to_json(const deploy_spec& spec, const planned_change& x);

/// A command that failed as a whole.
std::string to_json(const caf::error& x);

/// Work on a stage that was not accepted.
std::string refusal_json(std::string_view stage, const caf::error& reason);

/// Something about the whole.
std::string notice_json(std::string_view text);

/// A container of a stage.
/// @param role What part it plays: "serves", "kept" and so on.
/// @param node Where it is; empty for the engine of this process.
std::string container_json(std::string_view role, const container_summary& x,
                           const std::string& node = {});

/// A node of which it is not known what it has of a stage.
std::string lost_node_json(const deploy_spec& spec, const stage_state& x);

/// What `nodes` and `check` tell of a node.
std::string to_json(const node_status& x);

/// Something that `check` looked at.
/// @param text What was found, if it is good.
/// @param problem What is wrong; none if it is good.
std::string check_json(std::string_view what, std::string_view text,
                       const caf::error& problem);

std::string version_json(std::string_view version);

} // namespace dw
