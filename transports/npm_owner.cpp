#include "transports/npm_api.hpp"

#include "transports/json.hpp"

#include <string_view>

namespace dw::npm {

namespace {

constexpr auto project_key = "docker-watcher.project";
constexpr auto stage_key = "docker-watcher.stage";
constexpr auto instance_key = "docker-watcher.instance-id";

bool is_ours(std::string_view key) {
  return key == project_key || key == stage_key || key == instance_key;
}

} // namespace

caf::optional<route_owner> read_owner(const proxy_host& host) {
  json::document meta{host.meta};
  route_owner result{meta.root().text(project_key), meta.root().text(stage_key),
                     meta.root().text(instance_key)};
  if (result.project.empty() || result.stage.empty())
    return caf::none;
  return result;
}

std::string write_owner(const std::string& meta, const route_owner& owner) {
  json::document old{meta};
  auto members = old.root();
  json::writer result;
  result.begin_object();
  for (size_t i = 0; members.is_object() && i < members.size(); ++i)
    if (auto key = members.key(i); !is_ours(key))
      result.raw(key, members.element(i).json());
  result.text(project_key, owner.project)
    .text(stage_key, owner.stage)
    .text(instance_key, owner.instance_id)
    .end_object();
  return result.str();
}

} // namespace dw::npm
