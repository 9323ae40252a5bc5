#pragma once

#include "tests/support/npm_standin/json.hpp"

#include <map>
#include <mutex>
#include <string>

namespace npm_standin {

/// Counts what clients did. Thread-safe.
class counters {
public:
  /// A mutation on its way, from arrival to answer.
  class mutation {
  public:
    mutation(counters& owner, const std::string& method);
    ~mutation();
    mutation(const mutation&) = delete;
    mutation& operator=(const mutation&) = delete;

  private:
    counters& owner_;
  };

  /// @param route "PUT /nginx/proxy-hosts/:id"
  void count_request(const std::string& route);

  /// {"requests":{"GET /tokens":1},"mutations":{"PUT":2},
  ///  "max_parallel_mutations":1}
  json snapshot() const;

  void reset();

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::int64_t> requests_;
  std::map<std::string, std::int64_t> mutations_;
  std::int64_t running_ = 0;
  std::int64_t most_running_ = 0;
};

} // namespace npm_standin
