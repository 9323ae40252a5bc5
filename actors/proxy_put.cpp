#include "actors/proxy_put.hpp"

#include "messages/error.hpp"
#include "transports/npm_api.hpp"
#include "transports/text.hpp"

#include <spdlog/spdlog.h>

namespace dw {

namespace {

constexpr uint32_t put_repeats = 3;
constexpr auto first_pause = std::chrono::milliseconds{500};

/// Whether the same PUT again may succeed. Not after a time-out: the first one
/// may still run, and two at a time do harm.
bool is_worth_repeating(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::peer_failed || code == errc::connection_lost;
}

/// The error of the last attempt. That it did nothing says nothing of those
/// before.
/// @param doubt An earlier error after which it may have happened, if any.
caf::error in_doubt(caf::error last, const caf::error& doubt) {
  if (!doubt || may_have_happened(last))
    return last;
  return make_failure(code_of(doubt), failure_of(last));
}

void put_up_to(proxy_registrar_pointer self, uint64_t number,
               request_builder build, continuation<proxy_host> next,
               uint32_t repeats, std::chrono::milliseconds pause,
               const caf::error& doubt) {
  ask<proxy_host>(
    self, number, build, npm::parse_host,
    [self, number, build, next, repeats, pause,
     doubt](caf::expected<proxy_host> host) {
      auto err = host && is_refused(*host) ? offline_error(*host)
                 : host                    ? caf::error{}
                                           : host.error();
      auto may_heal = host ? blames_another(*host) : is_worth_repeating(err);
      if (err && may_heal && repeats > 0) {
        spdlog::warn("{} #{} repeats a change: {}", self->name(), self->id(),
                     render(err));
        after(self, pause, [self, number, build, next, repeats, pause, err] {
          put_up_to(self, number, build, next, repeats - 1, 2 * pause, err);
        });
      } else if (err) {
        next(in_doubt(std::move(err), doubt));
      } else {
        next(std::move(host));
      }
    });
}

} // namespace

bool is_refused(const proxy_host& host) {
  return host.enabled && host.nginx_online && !*host.nginx_online;
}

bool is_served(const proxy_host& host) {
  return host.enabled && host.nginx_online && *host.nginx_online;
}

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

std::string name_of(const proxy_host& host) {
  auto result = std::to_string(host.id);
  if (!host.domains.empty())
    result += " (" + host.domains.front() + ")";
  return result;
}

bool may_have_happened(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::route_offline || code == errc::peer_failed
         || code == errc::bad_reply || is_outcome_unknown(err);
}

void put(proxy_registrar_pointer self, uint64_t number, request_builder build,
         continuation<proxy_host> next) {
  put_up_to(self, number, std::move(build), std::move(next), put_repeats,
            first_pause, {});
}

} // namespace dw
