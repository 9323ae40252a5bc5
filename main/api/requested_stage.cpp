#include "main/api/requested_stage.hpp"

#include "main/arguments.hpp"
#include "main/selected_stages.hpp"
#include "messages/error.hpp"

namespace dw::api {

namespace {

// One that is there says something: an empty tag is not the configured one.
caf::expected<std::string> text_of(const call& x, const char* name) {
  auto value = x.request.parameter(name);
  if (value && value->empty())
    return make_failure(errc::invalid_argument,
                        {.operation = "read the query",
                         .reply = std::string{name} + " is empty"});
  return std::string{value.value_or("")};
}

} // namespace

caf::expected<deploy_spec>
stage_of(const configuration& config, const call& x) {
  arguments args;
  args.stages = {x.args[0] + "/" + x.args[1]};
  if (auto found = find_stage(config, args.stages.front()); !found)
    return make_failure(errc::not_found, failure_of(found.error()));
  auto tag = text_of(x, "tag");
  auto image = text_of(x, "image");
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
