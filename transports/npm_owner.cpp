#include "transports/npm_api.hpp"

#include "transports/json.hpp"

#include <string_view>

namespace dw::npm {

namespace {

constexpr auto project_key = "docker-watcher.project";
constexpr auto stage_key = "docker-watcher.stage";
constexpr auto instance_key = "docker-watcher.instance-id";

constexpr auto adopted_key = "docker-watcher.adopted";

bool is_mark(std::string_view key) {
  return key == project_key || key == stage_key || key == instance_key;
}

/// Begins an object with the members of `meta` that are to stay.
template <class Drop>
void begin_copy(json::writer& out, const std::string& meta, Drop drop) {
  json::document old{meta};
  auto members = old.root();
  out.begin_object();
  for (size_t i = 0; members.is_object() && i < members.size(); ++i)
    if (auto key = members.key(i); !drop(key))
      out.copy(key, members.element(i));
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
  json::writer result;
  begin_copy(result, meta, is_mark);
  result.text(project_key, owner.project)
    .text(stage_key, owner.stage)
    .text(instance_key, owner.instance_id)
    .end_object();
  return result.str();
}

std::string mark_adopted(const std::string& meta) {
  json::writer result;
  begin_copy(result, meta,
             [](std::string_view key) { return key == adopted_key; });
  result.flag(adopted_key, true).end_object();
  return result.str();
}

bool is_adopted(const proxy_host& host) {
  json::document meta{host.meta};
  return meta.root().flag(adopted_key);
}

std::string erase_owner(const std::string& meta) {
  json::writer result;
  begin_copy(result, meta, [](std::string_view key) {
    return is_mark(key) || key == adopted_key;
  });
  result.end_object();
  return result.str();
}

} // namespace dw::npm
