#pragma once

#include <string>

namespace dw::bench {

/// Lets the process have as many files open as the system grants: each
/// connection is one.
void raise_file_limit();

/// The resident size of this process in KiB; 0 where the kernel does not tell.
long resident_kib();

/// Of an environment variable; empty if it is not set.
std::string environment(const char* name);

} // namespace dw::bench
