#pragma once

#include "actors/descriptor.hpp"

#include <string>
#include <string_view>

// What makes files outlast a power cut. All of it blocks, and returns 0 or the
// system's error number.

namespace dw {

/// Writes a file of mode 0600, in the place of one that may be there, and
/// flushes it. To be renamed or linked to its name then, so that nobody finds a
/// part of it.
int write_draft(const std::string& path, std::string_view content);

/// Writes a file of mode 0600 in the place of one that may be there. Whoever
/// reads meanwhile, or after a power cut, finds the former content or this one.
int replace_file(const std::string& path, std::string_view content);

/// Waits until nobody else changes the file: takes the lock beside it, which is
/// called PATH.lock and is held until `lock` is closed.
int lock_for_change(const std::string& path, descriptor& lock);

/// Flushes the directory that a file is in, and so the file's name.
int sync_directory_of(const std::string& path);

} // namespace dw
