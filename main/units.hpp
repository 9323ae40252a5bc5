#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Quantities as people write them. Parsers take all of the text or nothing, and
// refuse what does not fit their result; each `format_` function writes a form
// that its parser reads back as the same value.

namespace dw {

/// Digits only.
std::optional<uint64_t> parse_number(std::string_view text);

/// "500ms", "120s", "2m", "1h30m", "1d": whole numbers with a unit, each unit
/// at most once, the largest first. "0" needs no unit. At most 36500d.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

std::string format_duration(std::chrono::milliseconds x);

/// Bytes, or with a suffix in powers of 1024: "65536", "512k", "256m", "1g".
/// Case does not matter, and "mb" and "mib" are "m".
std::optional<uint64_t> parse_size(std::string_view text);

std::string format_size(uint64_t bytes);

/// A number of CPUs in billionths of one: "0.5", "2". At most 9 decimals.
std::optional<int64_t> parse_cpus(std::string_view text);

std::string format_cpus(int64_t nano_cpus);

} // namespace dw
