#include "actors/proxy_mutations.hpp"

#include "actors/proxy_put.hpp"
#include "actors/proxy_turns.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"

#include <algorithm>
#include <memory>

namespace dw {

namespace {

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

  /// The answer to a POST does not tell whether nginx took it. Reading that is
  /// no mutation, so that the next one may begin.
  void check(int64_t id) {
    leave_turn(self_, number_);
    ask<proxy_host>(
      self_, number_,
      [id](const secret& token) { return npm::read_host(token, id); },
      npm::parse_host,
      [x = shared_from_this(), id](caf::expected<proxy_host> host) {
        if (host && is_served(*host))
          return x->next_(std::move(host));
        resume_turn(x->self_, x->number_,
                    [x, id, host] { x->repair(id, host); });
      });
  }

  void repair(int64_t id, const caf::expected<proxy_host>& host) {
    if (!host)
      drop(id, host.error());
    else if (is_refused(*host) && !blames_another(*host))
      drop(id, offline_error(*host));
    else
      complete(*host);
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

} // namespace

void create_served(proxy_registrar_pointer self, uint64_t number,
                   const create_proxy_host& what,
                   continuation<proxy_host> next) {
  std::make_shared<creation>(self, number, what, std::move(next))->post();
}

} // namespace dw
