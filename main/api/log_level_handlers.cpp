#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/json_lines.hpp"
#include "main/logging.hpp"
#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "transports/json.hpp"

#include <spdlog/spdlog.h>

namespace dw::api {

void tell_log_level(daemon&, call& x) {
  answer_json(
    x.out, 200,
    json_line{"log_level"}.add("level", to_string(current_log_level())).str());
}

// Until the next start or reload, which take what the configuration says.
void change_log_level(daemon& to, call& x) {
  json::document document{x.request.body};
  auto name = document.root().member("level").text();
  auto level = log_level::info;
  if (!assign_enum(level, name, last_log_level)) {
    answer_problem(x.out,
                   make_failure(errc::invalid_argument,
                                {.operation = "change the log level",
                                 .reply = "\"level\" is none that there is",
                                 .hint = "One of debug, info, warning, "
                                         "error."}));
    return;
  }
  set_log_level(level);
  spdlog::info("{} sets the log level to {}", x.client, name);
  tell_log_level(to, x);
}

} // namespace dw::api
