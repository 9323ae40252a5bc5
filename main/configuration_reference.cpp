#include "main/configuration_reference.hpp"

#include "main/automation_tables.hpp"
#include "main/config_tables.hpp"
#include "main/fleet_tables.hpp"

#include <string_view>

namespace dw {

namespace {

template <class Target>
void append(std::string& out, std::string_view title,
            const key_table<Target>& table) {
  out.append("### ").append(title).append("\n\n");
  out += "| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const auto& key : table) {
    out.append("| `").append(key.path).append("` | ");
    out.append(key.kind).append(" | ");
    if (!key.fallback.empty())
      out.append("`").append(key.fallback).append("` ");
    out.append("| ").append(key.text).append(" |\n");
  }
}

} // namespace

std::string configuration_reference() {
  std::string result;
  append(result, "The whole file", global_keys());
  result += '\n';
  append(result, "A registry: `registries.HOST`", registry_keys());
  result += '\n';
  append(result, "A stage: `projects.PROJECT.stages.STAGE`", stage_keys());
  result += '\n';
  append(result,
         "What a stage deploys by itself: "
         "`projects.PROJECT.stages.STAGE.auto_deploy`",
         auto_deploy_keys());
  result += '\n';
  append(result, "A node: `nodes.NAME`", node_keys());
  result += "\nA group: `groups.NAME` is a list of names of nodes.\n\n";
  append(result, "A webhook: `webhooks.NAME`", webhook_keys());
  result += '\n';
  append(result, "A notification: `notifications.NAME`", notification_keys());
  return result;
}

} // namespace dw
