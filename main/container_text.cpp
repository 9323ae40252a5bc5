#include "main/container_text.hpp"

#include "messages/naming.hpp"

#include <fmt/format.h>

namespace dw {

std::string tag_of(const container_summary& x) {
  auto i = x.labels.find(label::tag);
  return i == x.labels.end() ? "?" : i->second;
}

std::vector<std::string> ports_of(const container_summary& x) {
  std::vector<std::string> result;
  for (const auto& port : x.ports)
    if (port.host_port != 0)
      result.push_back(fmt::format("{}:{}->{}", port.host_ip, port.host_port,
                                   port.container_port));
  return result;
}

} // namespace dw
