#include "main/arguments.hpp"
#include "main/commands.hpp"
#include "main/interrupts.hpp"
#include "main/logging.hpp"
#include "main/private_memory.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>

namespace {

dw::exit_status run(int argc, char** argv) {
  auto parsed = dw::parse_command_line(argc, argv);
  if (const auto* usage = std::get_if<dw::usage_message>(&parsed)) {
    fmt::print(usage->is_error ? stderr : stdout, "{}", usage->text);
    return usage->is_error ? dw::exit_status::usage : dw::exit_status::done;
  }
  const auto& args = std::get<dw::arguments>(parsed);
  dw::interrupts signals; // before the first thread
  dw::log_for_command(args.verbose);
  return dw::run_command(args, signals);
}

// What is still in the buffer may not get out either.
void flush_output() {
  if (std::fflush(stdout) != 0)
    throw std::system_error{errno, std::generic_category(),
                            "could not write to standard output"};
}

} // namespace

int main(int argc, char** argv) {
  dw::keep_memory_private();
  auto status = dw::exit_status::done;
  try {
    status = run(argc, argv);
    flush_output();
  } catch (const std::system_error& x) {
    // A reader that is gone, as of `docker-watcher status | head -1`, wants
    // nothing more.
    if (x.code() != std::errc::broken_pipe) {
      std::fprintf(stderr, "docker-watcher: %s\n", x.what());
      if (status == dw::exit_status::done)
        status = dw::exit_status::failed;
    }
  } catch (const std::exception& x) {
    std::fprintf(stderr,
                 "docker-watcher: %s\n  This is a bug: please report it.\n",
                 x.what());
    status = dw::exit_status::failed;
  }
  return static_cast<int>(status);
}
