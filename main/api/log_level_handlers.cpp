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

namespace {

caf::error refuse_level(std::string reply) {
  return make_failure(errc::invalid_argument,
                      {.operation = "change the log level",
                       .reply = std::move(reply),
                       .hint = "Send {\"level\": L}, where L is \"debug\", "
                               "\"info\", \"warning\" or \"error\"."});
}

caf::expected<log_level> parse_level(const std::string& body) {
  json::document document{body};
  auto root = document.root();
  if (!document.ok())
    return refuse_level(document.problem());
  if (!root.is_object() || root.size() != 1 || root.key(0) != "level")
    return refuse_level("\"level\" has to be there, and nothing else");
  auto result = log_level::info;
  if (!assign_enum(result, root.member("level").text(), last_log_level))
    return refuse_level("\"level\" is none that there is");
  return result;
}

} // namespace

// Until the next start or reload, which take what the configuration says.
void change_log_level(daemon& to, call& x) {
  auto level = parse_level(x.request.body);
  if (!level) {
    answer_problem(x.out, level.error());
    return;
  }
  set_log_level(*level);
  spdlog::info("{} sets the log level to {}", x.client, to_string(*level));
  tell_log_level(to, x);
}

} // namespace dw::api
