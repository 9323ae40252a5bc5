#pragma once

#include "actors/npm_endpoint.hpp"
#include "tests/support/live_actors.hpp"
#include "tests/support/npm_session.hpp"
#include "tests/support/npm_standin/http_server.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dw::test {

/// The Nginx Proxy Manager that the tests are run against: the one that the
/// environment names (see tests/support/env --help), else a stand-in.
struct npm_under_test {
  /// @throws std::runtime_error if it cannot be used.
  npm_under_test();

  /// Made by the first who asks, on the main thread.
  static const npm_under_test& instance();

  std::optional<npm_standin_process> standin;
  std::string api_url;
  std::string identity;
  std::string secret;
  /// Empty if nobody says where it serves.
  std::string traffic_url;
  /// This host as it sees it.
  std::string forward_host;
  std::optional<npm_session> admin;
};

/// A precondition of cases that send requests through the proxy; says when it
/// is not known where.
boost::test_tools::assertion_result
  needs_traffic(boost::unit_test::test_unit_id);

/// A server behind the proxy, which answers with its name.
class upstream {
public:
  explicit upstream(const std::string& name);

  std::uint16_t port() const {
    return server_.port();
  }

private:
  npm_standin::http_server server_;
};

/// The NPM actors and a real server. All that a case creates has a name of this
/// run, and is gone afterwards.
class npm_fixture : public live_actors {
public:
  npm_fixture();
  ~npm_fixture();

  /// The API's address and a login; by default the administrator's.
  npm_endpoint endpoint(const std::string& identity = {},
                        const std::string& password = {}) const;

  /// Spawns a TOKEN KEEPER that lives as long as the case.
  token_keeper_actor
  keeper_of(const npm_endpoint& endpoint, const http_client_actor& via);

  /// Spawns a PROXY REGISTRAR for the account, which does as well.
  proxy_registrar_actor
  registrar_of(const npm_endpoint& endpoint, const http_client_actor& via);

  // -- names ------------------------------------------------------------------

  /// "NAME.RUN.example.test"
  std::string domain(const std::string& name) const;

  route_owner owner(const std::string& instance) const;

  /// Where an upstream is, as the proxy sees it.
  proxy_target target(const upstream& x) const;

  /// A target where nothing is.
  proxy_target nowhere() const;

  // -- by the administrator's hand --------------------------------------------

  /// A user of the API with the permissions that each begins with.
  npm_endpoint user_as_made();

  /// A user of the API, as an operator makes one for deploys.
  /// @param permissions "visibility" and "proxy_hosts" of it.
  npm_endpoint
  user_with(const std::string& visibility, const std::string& proxy_hosts);

  /// An access list that asks for a password: "p" of "u". Any of its rules is
  /// enough, for NPM up to 2.14 adds one that denies all. @returns its id.
  std::int64_t access_list();

  /// A request that has to succeed. @returns the answer.
  npm_standin::json admin(const std::string& method, const std::string& path,
                          const std::string& body = {}) const;

  // -- visitors ---------------------------------------------------------------

  plain_response visit(const std::string& domain) const;

  /// Waits until visitors of a domain are answered by this upstream: nginx
  /// takes a moment to replace its workers.
  bool is_served_by(const std::string& domain, const std::string& name) const;

  /// Waits until that has been so for a second without exception, which nginx
  /// takes at most: a worker that retires may still answer after a new one.
  bool
  is_served_only_by(const std::string& domain, const std::string& name) const;

  const npm_under_test& npm;
  const std::string run;
  http_client_actor http;
  proxy_registrar_actor proxy;

private:
  void clean_up() const;

  std::vector<std::string> made_; // paths to delete
  std::vector<caf::actor> spawned_;
};

} // namespace dw::test
