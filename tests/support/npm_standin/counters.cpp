#include "tests/support/npm_standin/counters.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

json to_json(const std::map<std::string, std::int64_t>& from) {
  json out = json::object{};
  for (const auto& [name, count] : from)
    out[name] = count;
  return out;
}

} // namespace

counters::mutation::mutation(counters& owner, const std::string& method)
  : owner_(owner) {
  const std::lock_guard guard{owner_.mutex_};
  ++owner_.mutations_[method];
  owner_.most_running_ = std::max(owner_.most_running_, ++owner_.running_);
}

counters::mutation::~mutation() {
  const std::lock_guard guard{owner_.mutex_};
  --owner_.running_;
}

void counters::count_request(const std::string& route) {
  const std::lock_guard guard{mutex_};
  ++requests_[route];
}

json counters::snapshot() const {
  const std::lock_guard guard{mutex_};
  return json::object{{"requests", to_json(requests_)},
                      {"mutations", to_json(mutations_)},
                      {"max_parallel_mutations", most_running_}};
}

void counters::reset() {
  const std::lock_guard guard{mutex_};
  requests_.clear();
  mutations_.clear();
  most_running_ = running_;
}

} // namespace npm_standin
