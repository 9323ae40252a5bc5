#pragma once

#include "main/api/token_store.hpp"
#include "transports/server_request.hpp"

#include <caf/error.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace dw::api {

/// Who a client is, and what it may do.
struct identity {
  /// "token ci" or "uid 1000".
  std::string name;
  scope may = scope::read;
};

/// Whose request this is: somebody with a token, else somebody who may write to
/// the unix socket, who may do everything. None if it is nobody. The token is
/// in `Authorization: Bearer`.
/// @param now Seconds since 1970.
caf::optional<identity>
identify(const server_request& request, token_store& tokens, int64_t now);

/// Counts requests of each client: as many as `burst` at once, and `rate` a
/// second in the long run.
class rate_limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  rate_limiter(double rate, double burst);

  /// Takes one request into account. @returns false if it is one too many.
  bool admit(const std::string& client, time_point now);

  /// Takes `cost` requests more into account, as far as there are any left.
  void charge(const std::string& client, double cost, time_point now);

private:
  struct bucket {
    double left = 0;
    time_point filled;
  };

  /// What a bucket has by now.
  double left_in(const bucket& x, time_point now) const;

  void forget_full(time_point now);

  double rate_;
  double burst_;
  std::map<std::string, bucket> buckets_;
  /// No bucket is full before.
  time_point next_full_{};
};

} // namespace dw::api
