#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/proxy_reader.hpp"
#include "main/terminal.hpp"
#include "main/with_session.hpp"

#include <fmt/format.h>

namespace dw {

namespace {

std::string join(const std::vector<std::string>& xs) {
  std::string result;
  for (const auto& x : xs)
    result += (result.empty() ? "" : ", ") + x;
  return result;
}

std::string target_of(const proxy_host& x) {
  return fmt::format("{}://{}:{}", x.target.scheme, x.target.host,
                     x.target.port);
}

std::string state_of(const proxy_host& x) {
  if (!x.enabled)
    return "disabled";
  if (!x.nginx_online)
    return "never served";
  return *x.nginx_online ? "online" : "offline";
}

void print_short(const proxy_host& x) {
  fmt::print("{:>4}  {:<9} {} -> {}\n", x.id, state_of(x),
             printable(join(x.domains)), printable(target_of(x)));
}

void print_long(const proxy_host& x) {
  auto yes = [](bool flag) { return flag ? "yes" : "no"; };
  fmt::print("id              {}\ndomains         {}\nforwards to     {}\n"
             "state           {}\n",
             x.id, printable(join(x.domains)), printable(target_of(x)),
             state_of(x));
  if (!x.nginx_error.empty())
    fmt::print("nginx says      {}\n", printable(x.nginx_error));
  fmt::print("certificate     {}\naccess list     {}\nforce ssl       {}\n"
             "http2           {}\nhsts            {}\nwebsockets      {}\n"
             "block exploits  {}\ncaching         {}\nmeta            {}\n",
             x.certificate_id, x.access_list_id, yes(x.ssl_forced),
             yes(x.http2), yes(x.hsts), yes(x.websockets),
             yes(x.block_exploits), yes(x.caching), printable(x.meta));
}

// Finds the host of the domain that the arguments name, and shows it.
exit_status
show_one(const command_context& x, void (*print)(const proxy_host&)) {
  auto host = with_session(x, [&](auto& running) {
    return find_host(running, x.args.domain);
  });
  if (!host)
    return report_error(x.args, host.error());
  if (x.args.json)
    fmt::print("{}\n", to_json(*host));
  else
    print(*host);
  return exit_status::done;
}

} // namespace

exit_status run_proxy_list(const command_context& x) {
  auto hosts
    = with_session(x, [](auto& running) { return list_hosts(running); });
  if (!hosts)
    return report_error(x.args, hosts.error());
  for (const auto& host : *hosts) {
    if (x.args.json)
      fmt::print("{}\n", to_json(host));
    else
      print_short(host);
  }
  return exit_status::done;
}

exit_status run_proxy_show(const command_context& x) {
  return show_one(x, print_long);
}

exit_status run_proxy_find(const command_context& x) {
  return show_one(x, print_short);
}

} // namespace dw
