#include "main/api/token_store.hpp"
#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/state_directory.hpp"
#include "messages/error.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace dw {

namespace {

std::string date_of(int64_t seconds) {
  if (seconds == 0)
    return "never";
  return fmt::format("{:%Y-%m-%d %H:%M} UTC",
                     fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string token_json(const api::token_entry& x) {
  return json_line{"token"}
    .add("id", x.id)
    .add("name", x.name)
    .add("scope", to_string(x.may))
    .add("created", x.created)
    .add("expires", x.expires)
    .str();
}

// The program's own words are on standard error, so that standard output can go
// where a secret belongs.
exit_status create_token(const arguments& args, api::token_store& store) {
  auto may = api::parse_scope(args.scope);
  auto seconds
    = std::chrono::duration_cast<std::chrono::seconds>(args.lifetime).count();
  auto token = store.create(args.token, may.value_or(api::scope::read), seconds,
                            std::time(nullptr));
  if (!token)
    return report_error(args, token.error());
  if (args.json)
    fmt::print("{}\n", json_line{"token"}.add("token", *token).str());
  else
    fmt::print("{}\n", *token);
  return exit_status::done;
}

exit_status list_tokens(const arguments& args, const api::token_store& store) {
  auto tokens = store.list();
  if (!tokens)
    return report_error(args, tokens.error());
  for (const auto& x : *tokens) {
    if (args.json)
      fmt::print("{}\n", token_json(x));
    else
      fmt::print("{}  {:<6}  expires {:<20}  {}\n", x.id, to_string(x.may),
                 date_of(x.expires), x.name);
  }
  return exit_status::done;
}

} // namespace

exit_status run_token_command(const command_context& x) {
  auto state = make_state_directory(process_environment());
  if (!state)
    return report_error(x.args, state.error());
  api::token_store store{*state + "/tokens"};
  if (x.args.command == "token list")
    return list_tokens(x.args, store);
  if (x.args.command == "token create")
    return create_token(x.args, store);
  if (auto err = store.revoke(x.args.token))
    return report_error(x.args, err);
  return exit_status::done;
}

} // namespace dw
