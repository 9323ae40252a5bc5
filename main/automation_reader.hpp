#pragma once

#include "main/automation.hpp"
#include "main/value_reader.hpp"

#include <map>
#include <string>
#include <vector>

namespace dw {

/// Reads the mapping `webhooks`.
std::map<std::string, webhook>
read_webhooks(value_reader& reader, const yaml_value& value);

/// Reads the mapping `notifications`.
/// @param stages Those there are, by "PROJECT/STAGE".
std::vector<notification_target>
read_notifications(value_reader& reader, const yaml_value& value,
                   const std::map<std::string, auto_deploy>& stages);

/// Reads the key `auto_deploy` of a project or stage, if it is there, into what
/// is inherited.
void read_auto_deploy(value_reader& reader, const yaml_value& owner,
                      auto_deploy& out);

} // namespace dw
