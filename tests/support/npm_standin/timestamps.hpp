#pragma once

#include <cstdint>
#include <string>

namespace npm_standin {

/// Milliseconds since the Unix epoch.
using millis = std::int64_t;

millis now();

/// "2026-11-23T15:54:51.977Z"
std::string iso_time(millis x);

/// "2026-11-23 15:54:51", local time: what the real server keeps on SQLite.
std::string local_time(millis x);

/// The same date and time of day `count` calendar months later; the day is cut
/// to the end of a shorter month.
millis add_months(millis x, std::int64_t count);

} // namespace npm_standin
