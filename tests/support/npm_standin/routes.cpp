#include "tests/support/npm_standin/routes.hpp"

namespace npm_standin {

namespace {

std::vector<route> collect() {
  std::vector<route> out;
  for (const auto& part :
       {general_routes(), token_routes(), proxy_host_routes(), user_routes(),
        two_factor_routes(), certificate_routes(), access_list_routes()})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

} // namespace

std::span<const route> api_routes() {
  static const auto all = collect();
  return all;
}

} // namespace npm_standin
