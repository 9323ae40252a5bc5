#include "main/project_reader.hpp"

#include "main/automation_reader.hpp"
#include "main/config_tables.hpp"
#include "main/fleet_reader.hpp"
#include "main/units.hpp"
#include "messages/naming.hpp"

#include <algorithm>
#include <map>

namespace dw {

namespace {

constexpr auto expected_projects = "a mapping of projects' names to their keys";
constexpr auto expected_stages = "a mapping of stages' names to their keys";
constexpr auto expected_name
  = "1 to 24 lower-case letters, digits and inner hyphens";

/// The keys that a project may have: those of its stages, but for the one that
/// no two stages can share.
const key_table<deploy_spec>& project_keys() {
  static const auto result = [] {
    auto keys = stage_keys();
    std::erase_if(keys, [](const auto& x) { return x.path == "domains"; });
    return keys;
  }();
  return result;
}

const std::string& expected_of(const std::string& path) {
  const auto& keys = stage_keys();
  return std::find_if(keys.begin(), keys.end(),
                      [&path](const auto& x) { return x.path == path; })
    ->expected;
}

class project_reader {
public:
  project_reader(value_reader& reader, bool may_have_domains,
                 const fleet_settings& fleet)
    : reader_{reader}, may_have_domains_{may_have_domains}, fleet_{fleet} {
    // nop
  }

  void read_project(const yaml_value& value, const std::string& name,
                    const deploy_spec& start) {
    if (!check_name(value, name, "project"))
      return;
    configured_stage all{start, {}};
    all.spec.project = name;
    present_keys present;
    read_keys(reader_, value, project_keys(), {"stages", "auto_deploy"},
              all.spec, present);
    read_auto_deploy(reader_, value, all.automatic);
    if (value.node->type != yaml_node::kind::mapping)
      return;
    const auto* stages = find_entry(*value.node, "stages");
    if (stages == nullptr) {
      reader_.miss(value.key_at, join_key(value.path, "stages"),
                   expected_stages);
      return;
    }
    auto place = entry_of(value, *stages);
    if (!reader_.is_mapping(place, expected_stages))
      return;
    for (const auto& entry : place.node->entries)
      if (!entry.key.starts_with(private_prefix))
        read_stage(entry_of(place, entry), entry.key, all, present);
  }

  std::vector<configured_stage> result() && {
    return std::move(stages_);
  }

private:
  bool check_name(const yaml_value& value, const std::string& name,
                  const std::string& what) {
    if (is_stage_name(name))
      return true;
    reader_.complain_key(value, "is not a " + what + "'s name, expected "
                                  + expected_name);
    return false;
  }

  void read_stage(const yaml_value& value, const std::string& name,
                  configured_stage result, present_keys present) {
    if (!check_name(value, name, "stage"))
      return;
    auto& spec = result.spec;
    spec.stage = name;
    // A stage may leave everything to its project.
    if (value.node->type != yaml_node::kind::null)
      read_keys(reader_, value, stage_keys(), {"auto_deploy"}, spec, present);
    read_auto_deploy(reader_, value, result.automatic);
    require(value, present, "image");
    require(value, present, "tag");
    check_container_names(value, spec);
    place_on_nodes(present, spec);
    check_domains(present, spec);
    if (spec.health.timeout >= spec.timeout)
      reader_.complain(present.at("health.timeout"),
                       "must be shorter than the deploy's timeout, which is "
                         + format_duration(spec.timeout));
    check_digest(present, result);
    stages_.push_back(std::move(result));
  }

  void require(const yaml_value& stage, const present_keys& present,
               const std::string& path) {
    if (!present.contains(path))
      reader_.miss(stage.key_at, join_key(stage.path, path), expected_of(path));
  }

  void check_digest(const present_keys& present, const configured_stage& x) {
    if (!x.spec.digest.empty() && x.automatic != auto_deploy{})
      reader_.complain_key(present.at("digest"),
                           "allows no other image, but auto_deploy asks for "
                           "new ones: leave one of the two out");
  }

  void place_on_nodes(const present_keys& present, deploy_spec& spec) {
    if (auto i = present.find("nodes"); i != present.end())
      resolve_nodes(reader_, i->second, fleet_, spec.place.nodes);
    if (spec.place.parallel == 0)
      reader_.complain(present.at("rollout.parallel"),
                       "must be at least 1, or no node would be begun");
  }

  // "a-b" of "c" and "a" of "b-c" would get the same containers.
  void check_container_names(const yaml_value& stage, const deploy_spec& spec) {
    auto name = spec.project + "/" + spec.stage;
    auto [i, is_new]
      = stage_of_name_.emplace(spec.project + "-" + spec.stage, name);
    if (!is_new)
      reader_.complain_key(stage, "its containers would have the same names as "
                                  "those of "
                                    + i->second + ": rename one of the two");
  }

  void check_domains(const present_keys& present, const deploy_spec& spec) {
    if (spec.domains.empty())
      return;
    const auto& place = present.at("domains");
    // A node may have a proxy of its own.
    if (!may_have_domains_ && spec.place.nodes.empty())
      reader_.complain_key(place, "needs a proxy to serve them, but there is "
                                  "no proxy.url");
    auto name = spec.project + "/" + spec.stage;
    for (const auto& domain : spec.domains) {
      auto [i, is_new] = stage_of_domain_.emplace(domain, name);
      if (!is_new && i->second != name)
        reader_.complain(place, in_quotes(domain) + " belongs to the stage "
                                  + i->second + " already");
    }
  }

  value_reader& reader_;
  bool may_have_domains_;
  const fleet_settings& fleet_;
  std::vector<configured_stage> stages_;
  std::map<std::string, std::string> stage_of_name_;
  std::map<std::string, std::string> stage_of_domain_;
};

} // namespace

std::vector<configured_stage>
read_projects(value_reader& reader, const yaml_value& projects,
              const deploy_spec& start, bool may_have_domains,
              const fleet_settings& fleet) {
  if (!reader.is_mapping(projects, expected_projects))
    return {};
  project_reader result{reader, may_have_domains, fleet};
  for (const auto& entry : projects.node->entries)
    if (!entry.key.starts_with(private_prefix))
      result.read_project(entry_of(projects, entry), entry.key, start);
  return std::move(result).result();
}

} // namespace dw
