#pragma once

#include "messages/container.hpp"
#include "transports/docker_streams.hpp"

#include <caf/expected.hpp>

#include <string_view>
#include <vector>

namespace dw::remote {

/// Takes a server's tagged log apart (docs/openapi.yaml). Bytes go in as they
/// arrive, in pieces of any size. Pure.
class log_lines {
public:
  /// Takes the next bytes and returns the lines that they complete. What was
  /// dropped becomes a line of standard error. `errc::bad_reply` for a line
  /// without a tag.
  caf::expected<std::vector<log_line>> feed(std::string_view bytes);

private:
  docker::line_splitter lines_;
};

} // namespace dw::remote
