#include "actors/proxy_mutations.hpp"

#include "messages/error.hpp"
#include "transports/npm_api.hpp"
#include "transports/text.hpp"

#include <algorithm>
#include <memory>

namespace dw {

namespace {

constexpr uint32_t put_repeats = 3;
constexpr auto first_pause = std::chrono::milliseconds{500};

std::string name_of(const proxy_host& host) {
  auto result = std::to_string(host.id);
  if (!host.domains.empty())
    result += " (" + host.domains.front() + ")";
  return result;
}

// -- nginx's verdict ----------------------------------------------------------

/// Whether nginx refused the configuration that NPM wrote last. A disabled host
/// keeps an old verdict.
bool is_refused(const proxy_host& host) {
  return host.enabled && host.nginx_online && !*host.nginx_online;
}

bool is_served(const proxy_host& host) {
  return host.enabled && host.nginx_online && *host.nginx_online;
}

/// Whether the verdict names the file of another host: then this one is an
/// innocent victim, and the same change again may heal it.
bool blames_another(const proxy_host& host) {
  auto own_file = "/proxy_host/" + std::to_string(host.id) + ".conf";
  return host.nginx_error.find(own_file) == std::string::npos
         && host.nginx_error.find("/data/nginx/") != std::string::npos;
}

caf::error offline_error(const proxy_host& host) {
  const auto* hint
    = blames_another(host)
        ? "Another configuration in Nginx Proxy Manager breaks nginx: repair "
          "or disable it."
        : "nginx refuses the configuration of this proxy host: look at its "
          "advanced configuration and custom locations.";
  return make_failure(errc::route_offline,
                      {.operation = "serve proxy host",
                       .object = name_of(host),
                       .peer = "Nginx Proxy Manager",
                       .reply = host.nginx_error.empty()
                                  ? "nginx refused it without a reason"
                                  : clean_text(host.nginx_error),
                       .hint = hint});
}

// -- PUT ----------------------------------------------------------------------

/// Whether the same PUT again may succeed. Not after a time-out: the first one
/// may still run, and two at a time do harm.
bool is_worth_repeating(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::peer_failed || code == errc::connection_lost;
}

bool may_have_happened(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::route_offline || code == errc::peer_failed
         || code == errc::bad_reply || is_outcome_unknown(err);
}

/// Makes a PUT until NPM says that it is done, and checks nginx's verdict.
void put(proxy_registrar_pointer self, uint64_t number, request_builder build,
         continuation<proxy_host> next, uint32_t repeats = put_repeats,
         std::chrono::milliseconds pause = first_pause) {
  ask<proxy_host>(self, number, build, npm::parse_host,
                  [=](caf::expected<proxy_host> host) {
                    auto again = host
                                   ? is_refused(*host) && blames_another(*host)
                                   : is_worth_repeating(host.error());
                    if (again && repeats > 0)
                      return after(self, pause, [=] {
                        put(self, number, build, next, repeats - 1, 2 * pause);
                      });
                    if (host && is_refused(*host))
                      return next(offline_error(*host));
                    next(std::move(host));
                  });
}

// -- POST ---------------------------------------------------------------------

bool same_names(std::vector<std::string> xs, std::vector<std::string> ys) {
  std::sort(xs.begin(), xs.end());
  std::sort(ys.begin(), ys.end());
  return xs == ys;
}

/// A creation on its way.
class creation : public std::enable_shared_from_this<creation> {
public:
  creation(proxy_registrar_pointer self, uint64_t number,
           const create_proxy_host& what, continuation<proxy_host> next)
    : self_{self}, number_{number}, what_{what}, next_{std::move(next)} {
    for (auto& domain : what_.domains)
      if (auto name = npm::normalize_domain(domain))
        domain = *name;
  }

  void post(bool may_repeat = true) {
    exchange_once(
      self_, number_,
      [what
       = what_](const secret& token) { return npm::create_host(token, what); },
      [x = shared_from_this(),
       may_repeat](caf::expected<http_response> response, bool token_replaced) {
        x->on_posted(std::move(response), token_replaced && may_repeat);
      });
  }

private:
  void on_posted(caf::expected<http_response> response, bool may_repeat) {
    caf::expected<proxy_host> host{caf::error{}};
    if (response)
      host = npm::parse_host(*response);
    else
      host = std::move(response.error());
    if (host)
      check(host->id);
    else if (may_repeat || may_have_happened(host.error()))
      look_up(host.error(), may_repeat);
    else
      next_(std::move(host.error()));
  }

  /// Finds out whether the POST was carried out although it failed.
  void look_up(const caf::error& err, bool may_repeat) {
    ask<std::vector<proxy_host>>(
      self_, number_, npm::list_hosts, npm::parse_host_list,
      [x = shared_from_this(), err,
       may_repeat](caf::expected<std::vector<proxy_host>> hosts) {
        const auto* host
          = hosts ? npm::find_by_domain(*hosts, x->what_.domains.front())
                  : nullptr;
        if (host != nullptr && x->is_ours(*host))
          x->complete(*host);
        else if (hosts && may_repeat)
          x->post(false);
        else
          x->explain(err);
      });
  }

  /// Whether a host can only be the one that we posted.
  bool is_ours(const proxy_host& host) const {
    proxy_host wanted;
    wanted.meta = what_.meta;
    return same_names(host.domains, what_.domains)
           && host.target == what_.target
           && npm::read_owner(host) == npm::read_owner(wanted);
  }

  /// A 500 is also what an account gets that may not create hosts.
  void explain(const caf::error& err) {
    if (code_of(err) != errc::peer_failed)
      return next_(err);
    ask<proxy_info>(
      self_, number_, npm::account, npm::parse_account,
      [x = shared_from_this(), err](const caf::expected<proxy_info>& account) {
        if (!account || account->can_manage)
          return x->next_(err);
        auto context = failure_of(err);
        context.reply = "the account may not create proxy hosts";
        context.hint = "Give the account the permission to manage proxy hosts.";
        x->next_(make_failure(errc::forbidden, std::move(context)));
      });
  }

  /// The answer to a POST does not tell whether nginx took it.
  void check(int64_t id) {
    ask<proxy_host>(
      self_, number_,
      [id](const secret& token) { return npm::read_host(token, id); },
      npm::parse_host,
      [x = shared_from_this(), id](caf::expected<proxy_host> host) {
        if (!host)
          return x->drop(id, host.error());
        if (is_served(*host))
          return x->next_(std::move(*host));
        if (is_refused(*host) && !blames_another(*host))
          return x->drop(id, offline_error(*host));
        x->complete(*host);
      });
  }

  /// Makes a host that is there but not served what it should be.
  void complete(const proxy_host& host) {
    update_proxy_host all;
    all.id = host.id;
    all.target = what_.target;
    all.domains = what_.domains;
    all.enabled = true;
    all.settings = what_.settings;
    all.meta = what_.meta;
    put(
      self_, number_,
      [all](const secret& token) { return npm::update_host(token, all); },
      [x = shared_from_this(), id = host.id](caf::expected<proxy_host> done) {
        if (done)
          x->next_(std::move(done));
        else
          x->drop(id, done.error());
      });
  }

  void drop(int64_t id, const caf::error& err) {
    proxy_host host;
    host.id = id;
    host.domains = what_.domains;
    remove(self_, number_, id,
           [x = shared_from_this(), err, host](const caf::error& undoing) {
             x->next_(with_leftover(err, undoing, host));
           });
  }

  proxy_registrar_pointer self_;
  uint64_t number_;
  create_proxy_host what_;
  continuation<proxy_host> next_;
};

/// Reads a host after a mutation of it failed without a clear answer: if it
/// `is_done`, the failure was only half of one.
void read_back(proxy_registrar_pointer self, uint64_t number, int64_t id,
               const caf::error& err,
               std::function<bool(const caf::expected<proxy_host>&)> is_done,
               error_continuation next) {
  if (!may_have_happened(err))
    return next(err);
  ask<proxy_host>(
    self, number,
    [id](const secret& token) { return npm::read_host(token, id); },
    npm::parse_host,
    [=](const caf::expected<proxy_host>& host) {
      next(is_done(host) ? caf::error{} : err);
    });
}

caf::error done_or_error(const caf::expected<http_response>& response) {
  return response ? npm::check_done(*response) : response.error();
}

bool is_absent(const caf::error& err) {
  return err && code_of(err) == errc::not_found;
}

} // namespace

void create_served(proxy_registrar_pointer self, uint64_t number,
                   const create_proxy_host& what,
                   continuation<proxy_host> next) {
  std::make_shared<creation>(self, number, what, std::move(next))->post();
}

void change_served(proxy_registrar_pointer self, uint64_t number,
                   const proxy_host& before, request_builder build,
                   continuation<proxy_host> next) {
  put(self, number, std::move(build), [=](caf::expected<proxy_host> host) {
    if (host || !may_have_happened(host.error()))
      return next(std::move(host));
    restore(self, number, before,
            [next, before, err = host.error()](const caf::error& undoing) {
              next(with_leftover(err, undoing, before));
            });
  });
}

void restore(proxy_registrar_pointer self, uint64_t number,
             const proxy_host& before, error_continuation next) {
  auto build = [before](const secret& token) {
    return npm::restore_host(token, before);
  };
  put(self, number, build, [=](const caf::expected<proxy_host>& host) {
    auto was_refused = before.nginx_online && !*before.nginx_online;
    if (!host && !(was_refused && code_of(host.error()) == errc::route_offline))
      return next(host.error());
    if (before.enabled)
      return next({});
    disable(self, number, before.id, next);
  });
}

void remove(proxy_registrar_pointer self, uint64_t number, int64_t id,
            error_continuation next) {
  exchange(
    self, number,
    [id](const secret& token) { return npm::delete_host(token, id); },
    [=](const caf::expected<http_response>& response) {
      auto err = done_or_error(response);
      if (!err || is_absent(err))
        return next({});
      read_back(
        self, number, id, err,
        [](const caf::expected<proxy_host>& host) {
          return !host && is_absent(host.error());
        },
        next);
    });
}

void disable(proxy_registrar_pointer self, uint64_t number, int64_t id,
             error_continuation next) {
  exchange(
    self, number,
    [id](const secret& token) { return npm::disable_host(token, id); },
    [=](const caf::expected<http_response>& response) {
      auto err = done_or_error(response);
      if (!err)
        return next({});
      read_back(
        self, number, id, err,
        [](const caf::expected<proxy_host>& host) {
          return host && !host->enabled;
        },
        next);
    });
}

caf::error with_leftover(caf::error err, const caf::error& undoing,
                         const proxy_host& host) {
  if (!undoing)
    return err;
  return with_failure(err, [&](failure& x) {
    if (!x.hint.empty())
      x.hint += " ";
    x.hint += "Proxy host " + name_of(host)
              + " could not be put back to what it was: " + render(undoing);
  });
}

} // namespace dw
