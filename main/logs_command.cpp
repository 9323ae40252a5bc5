#include "main/commands.hpp"
#include "main/log_reader.hpp"
#include "main/selected_stages.hpp"
#include "main/with_session.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>

#include <cstdio>
#include <unistd.h>

namespace dw {

namespace {

// Writes lines as they come: each to the stream it was written to.
log_listener_actor::behavior_type print_lines() {
  return {
    [](const log_line& line) {
      auto* out = line.is_stderr ? stderr : stdout;
      std::fwrite(line.text.data(), 1, line.text.size(), out);
      std::fputc('\n', out);
      // A log that nobody reads any more has no end that would be waited for.
      if (std::fflush(out) != 0)
        _exit(static_cast<int>(exit_status::done));
    },
  };
}

} // namespace

exit_status run_logs(const command_context& x) {
  auto specs = selected_stages(x.args, x.config, false);
  if (!specs)
    return report_error(x.args, specs.error());
  auto& spec = specs->front();
  if (!x.args.node.empty())
    spec.place.nodes = {x.args.node};
  read_logs request;
  request.tail = x.args.tail;
  request.follow = x.args.follow;
  request.timestamps = x.args.timestamps;
  return with_session(x, [&](auto& running) {
    auto printer = running.system().spawn(print_lines);
    auto end = read_log(running, spec, request, printer);
    // The last lines are before the answer in nobody's mailbox but the
    // printer's.
    caf::scoped_actor self{running.system()};
    self->send_exit(printer, caf::exit_reason::user_shutdown);
    self->wait_for(printer);
    return end ? exit_status::done : report_error(x.args, end.error());
  });
}

} // namespace dw
