#include "actors/proxy_registrar.hpp"

#include "actors/harden.hpp"
#include "actors/proxy_exchange.hpp"
#include "actors/proxy_listing.hpp"
#include "actors/proxy_mutations.hpp"
#include "actors/proxy_routes.hpp"
#include "actors/proxy_turns.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"
#include "transports/obligation.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace dw {

namespace {

using self_pointer = proxy_registrar_pointer;
using host_list = std::vector<proxy_host>;

// -- calls --------------------------------------------------------------------

/// Monitors an asker for as long as it has a call.
void add_call_of(self_pointer self, const caf::actor_addr& asker) {
  if (asker && ++self->state.askers[asker] == 1)
    self->monitor(asker);
}

void remove_call_of(self_pointer self, const caf::actor_addr& asker) {
  auto& askers = self->state.askers;
  auto i = askers.find(asker);
  if (i == askers.end() || --i->second > 0)
    return;
  self->demonitor(asker);
  askers.erase(i);
}

/// Forgets a call that has its answer.
void close(self_pointer self, uint64_t number) {
  auto& st = self->state;
  auto node = st.calls.extract(number);
  remove_call_of(self, node.mapped().asker);
  leave_turn(self, number);
}

/// Registers a call and returns the promise of its answer.
/// @param run Called with the call's number and the continuation that answers.
template <class T, class Run>
caf::result<T>
open(self_pointer self, const call& options, bool is_mutation, Run run) {
  auto& st = self->state;
  auto number = ++st.last_call;
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  add_call_of(self, asker);
  auto promise = self->template make_response_promise<T>();
  auto owed = std::make_shared<obligation<T>>(promise);
  st.calls.emplace(number,
                   proxy_registrar_state::open_call{
                     asker, options.ticket, options.timeout, is_mutation, false,
                     [owed](caf::error why) { owed->settle(std::move(why)); }});
  continuation<T> answer = [self, number, owed](caf::expected<T> result) {
    owed->settle(std::move(result));
    close(self, number);
  };
  if (is_mutation) {
    await_turn(self, number, [run, number, answer] { run(number, answer); });
  } else {
    run(number, answer);
  }
  return promise;
}

template <class T, class Run>
caf::result<T> read(self_pointer self, const call& options, Run run) {
  return open<T>(self, options, false, std::move(run));
}

template <class T, class Run>
caf::result<T> mutate(self_pointer self, const call& options, Run run) {
  return open<T>(self, options, true, std::move(run));
}

/// Ends calls of an asker, except for a mutation that has begun.
template <class Predicate>
void cancel_calls(self_pointer self, Predicate is_affected) {
  auto& st = self->state;
  std::vector<uint64_t> affected;
  for (const auto& [number, x] : st.calls)
    if (!x.has_begun && is_affected(x))
      affected.push_back(number);
  for (auto number : affected) {
    if (!st.calls.at(number).is_mutation)
      self->send(st.http, cancel{number});
    st.calls.at(number).abandon(
      make_failure(errc::cancelled, {.operation = "ask the proxy",
                                     .reply = "cancelled in time"}));
    close(self, number);
  }
}

/// Answers that something is done.
error_continuation as_done(continuation<done> next) {
  return [next](caf::error err) {
    if (err)
      next(std::move(err));
    else
      next(done{});
  };
}

request_builder read_by_id(int64_t id) {
  return [id](const secret& token) { return npm::read_host(token, id); };
}

// -- reads --------------------------------------------------------------------

void find(self_pointer self, uint64_t number, const std::string& domain,
          continuation<proxy_host> next) {
  list_hosts_anew(self, number, [self, domain, next](caf::error err) {
    if (err)
      return next(std::move(err));
    auto hosts = self->state.directory.find({domain}, {}, {});
    if (!hosts.empty())
      return next(std::move(hosts.front()));
    if (auto name = npm::normalize_domain(domain); !name)
      return next(std::move(name.error()));
    next(make_failure(errc::not_found,
                      {.operation = "find the proxy host of",
                       .object = domain,
                       .peer = "Nginx Proxy Manager",
                       .reply = "no proxy host that our account sees has "
                                "this domain"}));
  });
}

void list(self_pointer self, uint64_t number, const list_proxy_hosts& what,
          continuation<host_list> next) {
  list_hosts_anew(self, number, [self, what, next](caf::error err) {
    const auto& known = self->state.directory;
    if (err)
      next(std::move(err));
    else if (what.domains.empty() && what.project.empty())
      next(known.all());
    else
      next(known.find(what.domains, what.project, what.stage));
  });
}

void ping(self_pointer self, uint64_t number, continuation<proxy_info> next) {
  ask<std::string>(
    self, number, [](const secret&) { return npm::health(); },
    npm::parse_health,
    [self, number, next](const caf::expected<std::string>& version) {
      if (!version)
        return next(version.error());
      ask<proxy_info>(self, number, npm::account, npm::parse_account,
                      [next, version](caf::expected<proxy_info> account) {
                        if (account)
                          account->version = *version;
                        next(std::move(account));
                      });
    });
}

// -- mutations ----------------------------------------------------------------

void create(self_pointer self, uint64_t number, const create_proxy_host& what,
            continuation<proxy_host> next) {
  list_hosts_anew(self, number, [self, number, what, next](caf::error err) {
    if (err)
      return next(std::move(err));
    for (const auto& domain : what.domains)
      for (const auto& host : self->state.directory.find({domain}, {}, {}))
        return next(make_failure(
          errc::domain_taken, {.operation = "create proxy host",
                               .object = domain,
                               .reply = "proxy host " + std::to_string(host.id)
                                        + " has it already"}));
    create_served(self, number, what, next);
  });
}

/// Changes a host that has to be read first, so that it can be put back.
void change(self_pointer self, uint64_t number, int64_t id,
            request_builder build, continuation<proxy_host> next) {
  ask<proxy_host>(self, number, read_by_id(id), npm::parse_host,
                  [self, number, build,
                   next](caf::expected<proxy_host> before) {
                    if (before)
                      change_served(self, number, *before, build, next);
                    else
                      next(std::move(before));
                  });
}

void enable(self_pointer self, uint64_t number, int64_t id,
            continuation<done> next) {
  change(
    self, number, id,
    [id](const secret& token) { return npm::enable_host(token, id); },
    [next](const caf::expected<proxy_host>& host) {
      if (host)
        next(done{});
      else
        next(host.error());
    });
}

} // namespace

proxy_registrar_impl::behavior_type
proxy_registrar(self_pointer self, npm_endpoint endpoint,
                http_client_actor http, token_keeper_actor tokens) {
  harden(self);
  self->state.endpoint = std::move(endpoint);
  self->state.http = std::move(http);
  self->state.tokens = std::move(tokens);
  open_turns(self);
  self->set_down_handler([self](const caf::down_msg& msg) {
    cancel_calls(self, [&](const auto& x) { return x.asker == msg.source; });
  });
  return {
    [self](caf::tick_atom, uint64_t number) {
      if (auto node = self->state.pauses.extract(number); !node.empty())
        node.mapped()();
    },
    // -- reads ----------------------------------------------------------------
    [self](const ping_proxy& x) {
      return read<proxy_info>(self, x.options,
                              [self](uint64_t number, auto next) {
                                ping(self, number, next);
                              });
    },
    [self](const create_proxy_host& x) {
      return mutate<proxy_host>(self, x.options,
                                [self, x](uint64_t number, auto next) {
                                  create(self, number, x, next);
                                });
    },
    [self](const read_proxy_host& x) {
      return read<proxy_host>(
        self, x.options, [self, id = x.id](uint64_t number, auto next) {
          ask<proxy_host>(self, number, read_by_id(id), npm::parse_host, next);
        });
    },
    [self](const list_proxy_hosts& x) {
      return read<host_list>(self, x.options,
                             [self, x](uint64_t number, auto next) {
                               list(self, number, x, next);
                             });
    },
    [self](const find_proxy_host& x) {
      return read<proxy_host>(
        self, x.options, [self, domain = x.domain](uint64_t number, auto next) {
          find(self, number, domain, next);
        });
    },
    // -- mutations ------------------------------------------------------------
    [self](const update_proxy_host& x) {
      return mutate<proxy_host>(
        self, x.options, [self, x](uint64_t number, auto next) {
          change(
            self, number, x.id,
            [x](const secret& token) { return npm::update_host(token, x); },
            next);
        });
    },
    [self](const delete_proxy_host& x) {
      return mutate<done>(self, x.options,
                          [self, id = x.id](uint64_t number, auto next) {
                            remove(self, number, id, as_done(next));
                          });
    },
    [self](const enable_proxy_host& x) {
      return mutate<done>(self, x.options,
                          [self, id = x.id](uint64_t number, auto next) {
                            enable(self, number, id, next);
                          });
    },
    [self](const disable_proxy_host& x) {
      return mutate<done>(self, x.options,
                          [self, id = x.id](uint64_t number, auto next) {
                            disable(self, number, id, as_done(next));
                          });
    },
    [self](const set_route& x) {
      return mutate<route_result>(self, x.options,
                                  [self, x](uint64_t number, auto next) {
                                    apply_route(self, number, x, next);
                                  });
    },
    [self](const revert_route& x) {
      return mutate<done>(self, x.options,
                          [self, changes
                                 = x.changes](uint64_t number, auto next) {
                            revert_changes(self, number, changes, next);
                          });
    },
    [self](const cancel& x) {
      auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
      cancel_calls(self, [&](const auto& y) {
        return x.ticket != 0 && y.ticket == x.ticket && y.asker == asker;
      });
    },
  };
}

} // namespace dw
