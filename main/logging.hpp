#pragma once

#include <cstdint>
#include <string>

namespace dw {

enum class log_level : uint8_t { debug, info, warning, error };

constexpr auto last_log_level = log_level::error;

std::string to_string(log_level x);

enum class log_format : uint8_t {
  /// "TIME LEVEL PROJECT/STAGE DEPLOY: MESSAGE".
  text,
  /// An object per line: "time", "level", "message", and where it is about a
  /// deploy "deploy_id", "project" and "stage".
  json,
};

std::string to_string(log_format x);

/// What a server's log is like.
struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::text;

  friend bool operator==(const log_settings&, const log_settings&) = default;
};

/// Logs to standard error, since standard output is for results; nothing unless
/// `is_wanted`. To be called before there are threads.
void log_for_command(bool is_wanted);

/// From now on each message is one line, whatever is in it. May be called at
/// any time and from any thread, like the others below.
/// @param is_verbose As with `log_level::debug`, whatever the settings say.
void log_for_server(const log_settings& settings, bool is_verbose = false);

log_level current_log_level();
void set_log_level(log_level x);

} // namespace dw
