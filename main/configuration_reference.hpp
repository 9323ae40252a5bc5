#pragma once

#include <string>

namespace dw {

/// The reference of all keys of the configuration as Markdown, made from the
/// tables that the configuration is read by.
std::string configuration_reference();

} // namespace dw
