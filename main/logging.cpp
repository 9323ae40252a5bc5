#include "main/logging.hpp"

#include "actors/log_context.hpp"
#include "main/json_lines.hpp"
#include "main/terminal.hpp"

#include <boost/algorithm/string/replace.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace dw {

namespace {

spdlog::level::level_enum to_spdlog(log_level x) {
  switch (x) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    default:
      return spdlog::level::err;
  }
}

log_level from_spdlog(spdlog::level::level_enum x) {
  for (auto y : {log_level::debug, log_level::info, log_level::warning})
    if (x <= to_spdlog(y))
      return y;
  return log_level::error;
}

std::string time_text(spdlog::log_clock::time_point x) {
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(
              x.time_since_epoch())
              .count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(spdlog::log_clock::to_time_t(x)), ms % 1000);
}

std::string text_line(const spdlog::details::log_msg& x) {
  std::string about;
  if (const auto* context = log_context::current())
    about = fmt::format("{}/{} {}: ", context->project, context->stage,
                        context->deploy_id);
  auto message = printable({x.payload.data(), x.payload.size()});
  // A line is one message, so that tools can be told what to look for.
  boost::replace_all(message, "\n", "; ");
  return fmt::format("{} {:<7} {}{}\n", time_text(x.time),
                     to_string(from_spdlog(x.level)), about, message);
}

std::string json_text(const spdlog::details::log_msg& x) {
  json_line line{"log"};
  line.add("time", time_text(x.time))
    .add("level", to_string(from_spdlog(x.level)));
  if (const auto* context = log_context::current())
    line.add("deploy_id", context->deploy_id)
      .add("project", context->project)
      .add("stage", context->stage);
  line.add("message", std::string_view{x.payload.data(), x.payload.size()});
  return line.str() + "\n";
}

/// The thread that logs also formats, so it knows the context.
class line_formatter : public spdlog::formatter {
public:
  explicit line_formatter(log_format format) : format_{format} {
    // nop
  }

  void format(const spdlog::details::log_msg& x,
              spdlog::memory_buf_t& out) override {
    auto line = format_ == log_format::json ? json_text(x) : text_line(x);
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<line_formatter>(format_);
  }

private:
  log_format format_;
};

} // namespace

std::string to_string(log_level x) {
  switch (x) {
    case log_level::debug:
      return "debug";
    case log_level::info:
      return "info";
    case log_level::warning:
      return "warning";
    default:
      return "error";
  }
}

std::string to_string(log_format x) {
  return x == log_format::json ? "json" : "text";
}

void log_for_command(bool is_wanted) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("docker-watcher"));
  spdlog::set_level(is_wanted ? spdlog::level::debug : spdlog::level::off);
}

void log_for_server(const log_settings& settings, bool is_verbose) {
  spdlog::set_formatter(std::make_unique<line_formatter>(settings.format));
  set_log_level(is_verbose ? log_level::debug : settings.level);
}

log_level current_log_level() {
  return from_spdlog(spdlog::get_level());
}

void set_log_level(log_level x) {
  spdlog::set_level(to_spdlog(x));
}

} // namespace dw
