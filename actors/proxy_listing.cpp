#include "actors/proxy_listing.hpp"

#include "transports/npm_api.hpp"

#include <algorithm>

namespace dw {

namespace {

using namespace std::chrono_literals;

// Pauses between listings, in times of what the last one took.
constexpr auto pause_factor = 9;
constexpr auto max_pause = std::chrono::milliseconds{1'000};

// How long an accepted token is as good as just accepted: some versions of NPM
// crash on a POST with one that is not (npm API, section 10).
constexpr auto proof_time = std::chrono::seconds{5};

using waiter = proxy_registrar_state::waiting_listing;
using hosts_found = std::vector<npm::listed_host_pointer>;

void start(proxy_registrar_pointer self);

void finish(proxy_registrar_pointer self, uint64_t number,
            const std::vector<waiter>& waiting,
            caf::expected<hosts_found> hosts) {
  auto& st = self->state;
  auto& listing = st.listing;
  st.calls.erase(number);
  listing.is_running = false;
  listing.ended = self->clock().now();
  listing.took = listing.ended - listing.began;
  caf::error err;
  if (hosts)
    st.directory.replace(std::move(*hosts));
  else
    err = std::move(hosts.error());
  for (const auto& x : waiting)
    if (st.calls.contains(x.number))
      x.next(err);
  start(self);
}

void begin(proxy_registrar_pointer self) {
  auto& st = self->state;
  st.listing.began = self->clock().now();
  auto number = ++st.last_call;
  st.calls.emplace(number, proxy_registrar_state::open_call{
                             {}, 0, 0ms, false, false, [](const caf::error&) {
                               // nop: nobody can cancel what others share
                             }});
  ask<hosts_found>(
    self, number, npm::list_hosts,
    [&st](const http_response& response) {
      return st.listing.reader.read(response);
    },
    [self, number, waiting = std::exchange(st.listing.waiting, {})](
      caf::expected<hosts_found> hosts) {
      finish(self, number, waiting, std::move(hosts));
    });
}

// Those who come while a listing is under way wait for the next one: theirs
// must not begin before they asked.
void start(proxy_registrar_pointer self) {
  auto& listing = self->state.listing;
  if (listing.is_running || listing.waiting.empty())
    return;
  listing.is_running = true;
  auto pause = std::min(listing.took * pause_factor, caf::timespan{max_pause});
  auto rest = std::chrono::ceil<std::chrono::milliseconds>(
    listing.ended + pause - self->clock().now());
  if (rest > 0ms)
    after(self, rest, [self] { begin(self); });
  else
    begin(self);
}

} // namespace

void list_hosts_anew(proxy_registrar_pointer self, uint64_t number,
                     std::function<void(caf::error)> next) {
  self->state.listing.waiting.push_back({number, std::move(next)});
  start(self);
}

bool knows_hosts(proxy_registrar_pointer self) {
  const auto& st = self->state;
  return st.directory.is_filled()
         && self->clock().now() - st.proved < proof_time;
}

} // namespace dw
