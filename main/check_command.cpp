#include "main/advice.hpp"
#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/remote/reading.hpp"
#include "main/session.hpp"
#include "main/terminal.hpp"
#include "messages/error.hpp"

#include <boost/algorithm/string/join.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace dw {

namespace {

// Prints findings one by one, and remembers the gravest.
class findings {
public:
  explicit findings(const arguments& args) : args_{args} {
    // nop
  }

  void good(const std::string& what, const std::string& text) {
    if (args_.json)
      fmt::print("{}\n", check_json(what, text, {}));
    else
      fmt::print("{} {}: {}\n", paint(out_, color::green, "ok  "), what,
                 printable(text));
  }

  void bad(const std::string& what, const caf::error& err) {
    statuses_.push_back(status_of(err));
    if (args_.json)
      fmt::print("{}\n", check_json(what, render(err), err));
    else
      fmt::print("{} {}: {}\n", paint(out_, color::red, "FAIL"), what,
                 printable(render(err)));
  }

  void could_be_safer(const advice& x) {
    if (args_.json)
      fmt::print("{}\n", advice_json(x));
    else
      fmt::print("{} {}: {}\n", paint(out_, color::yellow, "note"), x.what,
                 printable(x.text));
  }

  exit_status status() const {
    return gravest(statuses_);
  }

private:
  const arguments& args_;
  terminal out_ = inspect_terminal(STDOUT_FILENO);
  std::vector<exit_status> statuses_;
};

void check_engine(session& running, findings& out) {
  auto info = running.ask<engine_info>(running.svc().engine, ping_engine{});
  if (!info)
    out.bad("engine", info.error());
  else
    out.good("engine", fmt::format("release {}, {}/{}, API {} (newest it has: "
                                   "{})",
                                   info->release, info->os, info->arch,
                                   info->api_version, info->max_api_version));
}

caf::error lacks(std::string reply, std::string hint) {
  return make_failure(errc::forbidden, {.peer = "Nginx Proxy Manager",
                                        .reply = std::move(reply),
                                        .hint = std::move(hint)});
}

// An account sees the hosts of others, and may change them, or it does not.
std::vector<std::string> adopting_stages(const std::vector<deploy_spec>& xs) {
  std::vector<std::string> result;
  for (const auto& x : xs)
    if (x.adopt)
      result.push_back(x.project + "/" + x.stage);
  return result;
}

void advise_on_account(const proxy_info& info, findings& out) {
  if (info.is_admin)
    out.could_be_safer({"proxy", "the account is an administrator: one that "
                                 "manages proxy hosts is enough"});
  else if (!info.also_granted.empty())
    out.could_be_safer({"proxy", "the account may also see or manage what "
                                 "docker-watcher does not need: "
                                   + boost::join(info.also_granted, ", ")});
}

void check_proxy(session& running, const std::vector<deploy_spec>& stages,
                 findings& out) {
  auto info = running.ask<proxy_info>(running.svc().proxy, ping_proxy{});
  if (!info) {
    out.bad("proxy", info.error());
    return;
  }
  if (!info->can_manage) {
    out.bad("proxy", lacks("the account may not manage proxy hosts",
                           "Give it the permission to manage them."));
    return;
  }
  if (auto names = adopting_stages(stages); !info->sees_all && !names.empty()) {
    out.bad("proxy", lacks("the account sees its own proxy hosts only, and so "
                           "cannot adopt those of others for "
                             + boost::join(names, ", "),
                           "Give it the item visibility \"All Items\", or "
                           "remove adopt from these stages."));
    return;
  }
  out.good("proxy",
           "version " + info->version + ", the account may manage "
             + (info->sees_all ? "all proxy hosts" : "its own proxy hosts"));
  advise_on_account(*info, out);
}

void check_nodes(session& running, findings& out) {
  for (const auto& [name, x] : running.svc().nodes) {
    auto what = "node " + name;
    auto status = running.ask<node_status>(x.link, ask_node{});
    if (!status || status->problem) {
      out.bad(what, status ? status->problem : status.error());
      continue;
    }
    auto info = running.ask<engine_info>(x.link, ping_engine{});
    if (info)
      out.good(what, fmt::format("{}, release {}, its engine's {}, API {}",
                                 status->address, status->version,
                                 info->release, info->api_version));
    else
      out.bad(what, info.error());
  }
}

std::string count_stages(size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "stage" : "stages");
}

void check_server(remote::server_address address, findings& out) {
  remote::session running{std::move(address)};
  auto stages = remote::read_configured_stages(running);
  if (stages)
    out.good("server",
             running.server().display + ": " + count_stages(stages->size()));
  else
    out.bad("server", stages.error());
}

} // namespace

exit_status run_check(const command_context& x) {
  findings out{x.args};
  out.good("configuration",
           x.config.path + ": " + count_stages(x.config.stages.size()));
  if (x.config.stages.empty()) {
    auto server = server_of(x.args);
    if (!server)
      return report_error(x.args, server.error());
    // It has the stages, and nothing of this machine is used.
    if (*server) {
      check_server(std::move(**server), out);
      return out.status();
    }
  }
  session running{x.config};
  auto is_local = [](const auto& y) { return y.place.nodes.empty(); };
  if (x.config.fleet.nodes.empty()
      || std::any_of(x.config.stages.begin(), x.config.stages.end(), is_local))
    check_engine(running, out);
  if (running.svc().proxy)
    check_proxy(running, x.config.stages, out);
  check_nodes(running, out);
  for (const auto& y : advise(x.config, process_environment()))
    out.could_be_safer(y);
  return out.status();
}

} // namespace dw
