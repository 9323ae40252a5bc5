#pragma once

#include "messages/deployment.hpp"

#include <caf/expected.hpp>

#include <map>
#include <string>

namespace dw {

/// Writes down what an instance is made of, as JSON for the label
/// `label::record`: image, tag, digest, port, command, volumes, resources,
/// health and so on. Not the environment, for labels are shown by many tools
/// and it may hold secrets: it is read back from the container itself. And not
/// the way to it (domains, proxy, drain, retention), which belongs to the stage
/// as it is configured now.
std::string write_record(const deploy_spec& spec);

/// Replaces in `spec` what `record` has. `errc::bad_reply` if it is no record
/// of ours.
caf::expected<deploy_spec>
apply_record(deploy_spec spec, const std::string& record);

/// The value of a label; empty if there is none.
std::string
label_of(const std::map<std::string, std::string>& labels, const char* key);

} // namespace dw
