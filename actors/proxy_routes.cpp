#include "actors/proxy_routes.hpp"

#include "actors/proxy_listing.hpp"
#include "actors/proxy_mutations.hpp"
#include "actors/route_plan.hpp"
#include "transports/npm_api.hpp"

#include <memory>

namespace dw {

namespace {

/// Carries out a plan, one host after the other.
class execution : public std::enable_shared_from_this<execution> {
public:
  execution(proxy_registrar_pointer self, uint64_t number, route_plan plan,
            continuation<route_result> next)
    : self_{self}, number_{number}, plan_{std::move(plan)}, next_{
                                                              std::move(next)} {
    // nop
  }

  void proceed() {
    if (position_ < plan_.updates.size())
      update(plan_.updates[position_++]);
    else if (plan_.creation)
      create();
    else
      next_(std::move(result_));
  }

private:
  void update(const route_update& x) {
    change_served(
      self_, number_, x.before,
      [x](const secret& token) {
        return npm::update_host(token, x.change, x.check);
      },
      [me = shared_from_this(), &x](const caf::expected<proxy_host>& host) {
        if (!host)
          return me->undo(host.error());
        me->result_.changes.push_back({x.before.id, false, x.before});
        me->proceed();
      });
  }

  void create() {
    create_served(
      self_, number_, *plan_.creation,
      [me = shared_from_this()](const caf::expected<proxy_host>& host) {
        if (!host)
          return me->next_(host.error());
        me->result_.changes.push_back({host->id, true, {}});
        me->next_(std::move(me->result_));
      });
  }

  void undo(const caf::error& err) {
    if (result_.changes.empty())
      return next_(err);
    auto before = std::move(result_.changes.back().before);
    result_.changes.pop_back();
    restore(self_, number_, before,
            [me = shared_from_this(), before, err](const caf::error& undoing) {
              me->undo(with_leftover(err, undoing, before));
            });
  }

  proxy_registrar_pointer self_;
  uint64_t number_;
  route_plan plan_;
  continuation<route_result> next_;
  size_t position_ = 0;
  route_result result_;
};

/// Undoes changes, one host after the other.
class reversal : public std::enable_shared_from_this<reversal> {
public:
  reversal(proxy_registrar_pointer self, uint64_t number,
           std::vector<route_change> changes, continuation<done> next)
    : self_{self}, number_{number}, changes_{std::move(changes)}, next_{
                                                                    std::move(
                                                                      next)} {
    // nop
  }

  void proceed() {
    if (changes_.empty()) {
      if (first_error_)
        return next_(std::move(first_error_));
      return next_(done{});
    }
    auto change = std::move(changes_.back());
    changes_.pop_back();
    auto next = [me = shared_from_this()](caf::error err) {
      if (err && !me->first_error_)
        me->first_error_ = std::move(err);
      me->proceed();
    };
    if (change.created)
      remove(self_, number_, change.host_id, next);
    else
      put_back(change.before, next);
  }

private:
  void put_back(const proxy_host& before, error_continuation next) {
    ask<proxy_host>(
      self_, number_,
      [id
       = before.id](const secret& token) { return npm::read_host(token, id); },
      npm::parse_host,
      [me = shared_from_this(), before,
       next](const caf::expected<proxy_host>& now) {
        if (now && *now == before)
          return next({});
        if (!now)
          return next(now.error());
        restore(me->self_, me->number_, before, next);
      });
  }

  proxy_registrar_pointer self_;
  uint64_t number_;
  std::vector<route_change> changes_;
  continuation<done> next_;
  caf::error first_error_;
};

} // namespace

namespace {

void carry_out(proxy_registrar_pointer self, uint64_t number,
               const set_route& what, const std::vector<proxy_host>& hosts,
               continuation<route_result> next) {
  auto plan = plan_route(what, hosts);
  if (!plan)
    return next(std::move(plan.error()));
  std::make_shared<execution>(self, number, std::move(*plan), std::move(next))
    ->proceed();
}

void list_and_carry_out(proxy_registrar_pointer self, uint64_t number,
                        const set_route& what,
                        continuation<route_result> next) {
  list_hosts_anew(self, number, [self, number, what, next](caf::error err) {
    if (err)
      return next(std::move(err));
    carry_out(self, number, what,
              self->state.directory.find(what.domains, {}, {}), next);
  });
}

/// Sets a route by what is known of the hosts. That NPM has other hosts
/// meanwhile shows before any harm is done: those to be changed are read again
/// first, and a name that another one has got is refused.
class informed_route : public std::enable_shared_from_this<informed_route> {
public:
  informed_route(proxy_registrar_pointer self, uint64_t number, set_route what,
                 continuation<route_result> next)
    : self_{self}, number_{number}, what_{std::move(what)},
      next_{std::move(next)}, known_{self->state.directory.find(what_.domains,
                                                                {}, {})} {
    // nop
  }

  void proceed() {
    if (known_.empty())
      return carry_out(
        self_, number_, what_, read_,
        [me = shared_from_this()](caf::expected<route_result> result) {
          me->finish(std::move(result));
        });
    auto id = known_.back().id;
    known_.pop_back();
    ask<proxy_host>(
      self_, number_,
      [id](const secret& token) { return npm::read_host(token, id); },
      npm::parse_host,
      [me = shared_from_this()](caf::expected<proxy_host> host) {
        if (!host)
          return me->finish(std::move(host.error()));
        me->read_.insert(me->read_.begin(), std::move(*host));
        me->proceed();
      });
  }

private:
  void finish(caf::expected<route_result> result) {
    // What we knew may be out of date.
    if (!result
        && (code_of(result.error()) == errc::domain_taken
            || code_of(result.error()) == errc::not_found))
      list_and_carry_out(self_, number_, what_, next_);
    else
      next_(std::move(result));
  }

  proxy_registrar_pointer self_;
  uint64_t number_;
  set_route what_;
  continuation<route_result> next_;
  /// Those that are still to be read again, and those that were.
  std::vector<proxy_host> known_;
  std::vector<proxy_host> read_;
};

} // namespace

void apply_route(proxy_registrar_pointer self, uint64_t number,
                 const set_route& what, continuation<route_result> next) {
  if (knows_hosts(self))
    std::make_shared<informed_route>(self, number, what, std::move(next))
      ->proceed();
  else
    list_and_carry_out(self, number, what, std::move(next));
}

void revert_changes(proxy_registrar_pointer self, uint64_t number,
                    std::vector<route_change> changes,
                    continuation<done> next) {
  std::make_shared<reversal>(self, number, std::move(changes), std::move(next))
    ->proceed();
}

} // namespace dw
