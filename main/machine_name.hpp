#pragma once

#include <caf/error.hpp>

#include <string>

namespace dw {

/// Whether `text` can be what a node or a controller is called: 1 to 63
/// letters, digits, dots, hyphens and underscores, the first neither a dot nor
/// a hyphen. It is fit for a file's name, a certificate and a log.
bool is_machine_name(const std::string& text);

/// What to tell who has named a machine otherwise.
/// @param operation What the name was for, as in a `failure`.
caf::error refuse_machine_name(std::string operation, const std::string& name);

} // namespace dw
