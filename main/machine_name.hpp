#pragma once

#include <string>

namespace dw {

/// Whether `text` can be what a node or a controller is called: 1 to 63
/// letters, digits, dots, hyphens and underscores, the first neither a dot nor
/// a hyphen. It is fit for a file's name, a certificate and a log.
bool is_machine_name(const std::string& text);

} // namespace dw
