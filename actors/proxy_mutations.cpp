#include "actors/proxy_mutations.hpp"

#include "actors/proxy_put.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"

namespace dw {

namespace {

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
    [err, is_done, next](const caf::expected<proxy_host>& host) {
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

void change_served(proxy_registrar_pointer self, uint64_t number,
                   const proxy_host& before, request_builder build,
                   continuation<proxy_host> next) {
  put(self, number, std::move(build),
      [self, number, before, next](caf::expected<proxy_host> host) {
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
  put(self, number, build,
      [self, number, before, next](const caf::expected<proxy_host>& host) {
        auto was_refused = before.nginx_online && !*before.nginx_online;
        if (!host
            && !(was_refused && code_of(host.error()) == errc::route_offline))
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
    [self, number, id, next](const caf::expected<http_response>& response) {
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
    [self, number, id, next](const caf::expected<http_response>& response) {
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
  auto context = failure_of(err);
  if (!context.hint.empty())
    context.hint += " ";
  context.hint += "Proxy host " + name_of(host)
                  + " may have the new settings: " + failure_of(undoing).reply;
  // Whatever was not done, something else was.
  auto code = may_have_happened(err) ? code_of(err) : errc::connection_lost;
  return make_failure(code, std::move(context));
}

} // namespace dw
