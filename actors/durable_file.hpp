#pragma once

#include <string>
#include <string_view>

// What makes files outlast a power cut. All of it blocks, and returns 0 or the
// system's error number.

namespace dw {

/// Writes a file of mode 0600, in the place of one that may be there, and
/// flushes it. To be renamed or linked to its name then, so that nobody finds a
/// part of it.
int write_draft(const std::string& path, std::string_view content);

/// Flushes the directory that a file is in, and so the file's name.
int sync_directory_of(const std::string& path);

} // namespace dw
