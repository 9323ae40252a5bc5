#include "main/advice.hpp"

#include "actors/text_file.hpp"
#include "main/json_lines.hpp"
#include "main/problems.hpp"
#include "main/remote/server_address.hpp"
#include "main/state_directory.hpp"
#include "main/url.hpp"
#include "main/yaml_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <string_view>
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

/// Finds files with secrets in a configuration that was read without problems.
class secret_finder {
public:
  explicit secret_finder(const std::string& path)
    : path_{path}, directory_{std::filesystem::path{path}.parent_path()} {
    problem_list ignored{path};
    if (auto text = read_text_file(path))
      if (auto document = read_yaml(*text, ignored))
        visit(*document, {});
  }

  std::set<std::string> files;

private:
  static bool is_secret(const std::string& key) {
    constexpr std::array<std::string_view, 4> keys{"identity_token", "password",
                                                   "secret", "token"};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }

  void visit(const yaml_node& x, const std::string& key) {
    // An alias is what it stands for, and may stand for many others.
    if (!visited_.insert({&x, is_secret(key)}).second)
      return;
    if (x.type == yaml_node::kind::scalar)
      visit_text(x.text, is_secret(key));
    for (const auto& item : x.items)
      visit(*item, key);
    for (const auto& entry : x.entries)
      visit(*entry.value, entry.key);
  }

  void visit_text(std::string_view text, bool is_secret) {
    constexpr std::string_view file = "file:";
    auto names_file = text.starts_with(file)
                      && text.find('$') == std::string_view::npos
                      && !text.substr(file.size()).starts_with(':');
    if (names_file)
      files.insert((directory_ / text.substr(file.size())).string());
    else if (is_secret && text.find("${") == std::string_view::npos)
      files.insert(path_);
  }

  std::string path_;
  std::filesystem::path directory_;
  std::set<std::pair<const yaml_node*, bool>> visited_;
};

std::set<std::string> secret_files_of(const configuration& x) {
  auto result = secret_finder{x.path}.files;
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
