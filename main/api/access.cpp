#include "main/api/access.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>

namespace dw::api {

namespace {

// Clients that are remembered; full buckets of others mean the same as none.
constexpr size_t max_buckets = 10'000;

} // namespace

caf::optional<identity>
identify(const server_request& request, token_store& tokens, int64_t now) {
  constexpr std::string_view scheme = "Bearer ";
  auto credentials = request.header("authorization");
  if (!credentials.empty()) {
    // Who shows a token gets what it says, also on the unix socket.
    if (!boost::istarts_with(credentials, scheme))
      return caf::none;
    auto entry = tokens.find(credentials.substr(scheme.size()), now);
    if (!entry)
      return caf::none;
    return identity{"token " + entry->name, entry->may};
  }
  if (request.peer.uid)
    return identity{"uid " + std::to_string(*request.peer.uid), scope::admin};
  return caf::none;
}

rate_limiter::rate_limiter(double rate, double burst)
  : rate_{rate}, burst_{burst} {
  // nop
}

void rate_limiter::forget_full(time_point now) {
  // Any that is added later has given away one request, and so is not full
  // before this time either.
  auto next = 1 / rate_;
  std::erase_if(buckets_, [&](const auto& x) {
    auto missing = burst_ - left_in(x.second, now);
    if (missing > 0)
      next = std::min(next, missing / rate_);
    return missing <= 0;
  });
  next_full_ = now
               + std::chrono::floor<time_point::duration>(
                 std::chrono::duration<double>{next});
}

bool rate_limiter::admit(const std::string& client, time_point now) {
  if (buckets_.size() >= max_buckets && now >= next_full_)
    forget_full(now);
  auto& x = buckets_.try_emplace(client, bucket{burst_, now}).first->second;
  x = {left_in(x, now), now};
  if (x.left < 1)
    return false;
  x.left -= 1;
  return true;
}

void rate_limiter::charge(const std::string& client, double cost,
                          time_point now) {
  if (auto i = buckets_.find(client); i != buckets_.end())
    i->second = {std::max(left_in(i->second, now) - cost, 0.), now};
}

double rate_limiter::left_in(const bucket& x, time_point now) const {
  std::chrono::duration<double> passed = now - x.filled;
  return std::min(burst_, x.left + passed.count() * rate_);
}

} // namespace dw::api
