#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/version.hpp"
#include "transports/docker_api.hpp"

#include <fmt/format.h>

namespace dw {

exit_status run_version(const arguments& args) {
  if (args.json)
    fmt::print("{}\n", version_json(version));
  else
    fmt::print("docker-watcher {} (Docker API 1.{} to 1.{}, Nginx Proxy "
               "Manager 2.9 to 2.15)\n",
               version, docker::min_api_minor, docker::max_api_minor);
  return exit_status::done;
}

} // namespace dw
