#include "main/advice.hpp"

#include "main/json_lines.hpp"
#include "main/problems.hpp"
#include "main/remote/server_address.hpp"
#include "main/state_directory.hpp"
#include "main/url.hpp"

#include <sys/stat.h>

#include <optional>
#include <set>
#include <utility>

namespace dw {

namespace {

using advice_list = std::vector<advice>;

std::optional<mode_t> mode_of(const std::string& path) {
  struct stat info {};
  if (path.empty() || ::stat(path.c_str(), &info) != 0)
    return std::nullopt;
  return info.st_mode;
}

// -- files --------------------------------------------------------------------

std::set<std::string> secret_files_of(const configuration& x) {
  auto result = x.secret_files;
  result.insert(x.server.key);
  result.insert(x.fleet.tls.key);
  if (x.engine.origin.tls)
    result.insert(x.engine.origin.tls->key);
  return result;
}

void look_at_files(const configuration& x, advice_list& out) {
  auto files = secret_files_of(x);
  for (const auto& path : files)
    if (mode_of(path).value_or(0) & S_IROTH)
      out.push_back({"configuration", "every user can read " + in_quotes(path)
                                        + ", which has secrets in it: run "
                                          "chmod o= on it"});
  files.insert(x.path);
  for (const auto& path : files)
    if (mode_of(path).value_or(0) & S_IWOTH)
      out.push_back({"configuration", "every user can change " + in_quotes(path)
                                        + ": run chmod o= on it"});
}

void look_at_state(const environment& env, advice_list& out) {
  auto path = state_directory(env);
  if (mode_of(path).value_or(0) & (S_IRWXG | S_IRWXO))
    out.push_back({"state", "other users may enter " + in_quotes(path)
                              + ", which has the journal, keys and tokens in "
                                "it: run chmod 700 on it"});
}

// -- connections --------------------------------------------------------------

// The host of a server that is spoken to without TLS over a network.
std::string open_host(const http_origin& x) {
  std::string ignored;
  auto address = parse_url(x.base_url, ignored);
  if (!x.socket_path.empty() || !address || address->scheme != "http"
      || remote::is_loopback(address->host))
    return {};
  return address->host;
}

void look_at_connections(const configuration& x, advice_list& out) {
  auto add = [&out](const char* what, const std::string& host,
                    const std::string& consequence) {
    if (!host.empty())
      out.push_back({what, "there is no TLS on the way to " + host
                             + ": whoever is on it " + consequence});
  };
  add("engine", open_host(x.engine.origin), "can do there what root can");
  if (x.npm)
    add("proxy", open_host(x.npm->origin), "can read the account's password");
  for (const auto& target : x.automatic.notifications)
    add("notifications", open_host(target.origin),
        "can read what " + target.name + " is told, and its address");
  if (x.fleet.insecure)
    for (const auto& [name, node] : x.fleet.nodes)
      if (!remote::is_loopback(node.endpoint.host)
          && node.endpoint.host != "::1")
        add("nodes", node.endpoint.host,
            "can do on " + name + " what docker-watcher can");
}

} // namespace

std::string advice_json(const advice& x) {
  return json_line{"advice"}.add("what", x.what).add("text", x.text).str();
}

std::vector<advice>
advise(const configuration& config, const environment& env) {
  advice_list result;
  look_at_files(config, result);
  look_at_state(env, result);
  look_at_connections(config, result);
  return result;
}

} // namespace dw
