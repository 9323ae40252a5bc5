#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace npm_standin {

/// The whole file; none if it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& path);

/// Replaces the file in one step, readable by its owner only; a reader sees the
/// old or the new content. Creates missing directories.
/// @throws std::runtime_error or std::filesystem::filesystem_error
void write_file(const std::filesystem::path& path, std::string_view content);

} // namespace npm_standin
