#include "actors/proxy_routes.hpp"

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

void apply_route(proxy_registrar_pointer self, uint64_t number,
                 const set_route& what, continuation<route_result> next) {
  ask<std::vector<proxy_host>>(
    self, number, npm::list_hosts, npm::parse_host_list,
    [=](const caf::expected<std::vector<proxy_host>>& hosts) {
      if (!hosts)
        return next(hosts.error());
      auto plan = plan_route(what, *hosts);
      if (!plan)
        return next(std::move(plan.error()));
      std::make_shared<execution>(self, number, std::move(*plan), next)
        ->proceed();
    });
}

void revert_changes(proxy_registrar_pointer self, uint64_t number,
                    std::vector<route_change> changes,
                    continuation<done> next) {
  std::make_shared<reversal>(self, number, std::move(changes), std::move(next))
    ->proceed();
}

} // namespace dw
