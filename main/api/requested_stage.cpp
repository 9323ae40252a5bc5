#include "main/api/requested_stage.hpp"

#include "main/api/query.hpp"
#include "main/arguments.hpp"
#include "main/selected_stages.hpp"
#include "messages/error.hpp"

namespace dw::api {

caf::expected<deploy_spec>
stage_of(const configuration& config, const call& x) {
  arguments args;
  args.stages = {x.args[0] + "/" + x.args[1]};
  if (auto found = find_stage(config, args.stages.front()); !found)
    return make_failure(errc::not_found, failure_of(found.error()));
  auto tag = text_of(x.request, "tag");
  auto image = text_of(x.request, "image");
  if (!tag || !image)
    return std::move(tag ? image.error() : tag.error());
  args.tag = std::move(*tag);
  args.image = std::move(*image);
  auto specs = selected_stages(args, config, false);
  if (!specs)
    return std::move(specs.error());
  return std::move(specs->front());
}

} // namespace dw::api
