#include "main/selected_stages.hpp"

#include "transports/image_reference.hpp"

#include <utility>

namespace dw {

namespace {

// Applies what the command line says to what the configuration says.
caf::error override_spec(const arguments& args, deploy_spec& spec) {
  if (args.timeout.count() > 0)
    spec.timeout = args.timeout;
  if (!args.image.empty()) {
    auto reference = parse_image_reference(args.image);
    if (!reference)
      return std::move(reference.error());
    spec.image = reference->name;
    if (!reference->tag.empty())
      spec.tag = reference->tag;
    spec.digest = reference->digest;
  }
  if (!args.tag.empty() && args.command != "rollback") {
    spec.tag = args.tag;
    spec.digest.clear();
  }
  return caf::none;
}

} // namespace

caf::expected<std::vector<deploy_spec>>
selected_stages(const arguments& args, const configuration& config,
                bool all_by_default) {
  if (args.all || (args.stages.empty() && all_by_default))
    return config.stages;
  std::vector<deploy_spec> result;
  for (const auto& name : args.stages) {
    auto spec = find_stage(config, name);
    if (!spec)
      return std::move(spec.error());
    if (auto err = override_spec(args, *spec))
      return err;
    result.push_back(std::move(*spec));
  }
  return result;
}

} // namespace dw
