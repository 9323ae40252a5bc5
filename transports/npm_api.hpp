#pragma once

#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/proxy.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <string>
#include <vector>

// The API of Nginx Proxy Manager 2.9 to 2.15 as pure functions: a request is
// built from arguments, a result is parsed from a response. Nothing here
// touches a socket, a clock or an actor, and everything may be called from any
// thread.
//
// Requests carry targets below the API's base ("/nginx/proxy-hosts"); the
// actors fill in `origin` and prefix the base's path ("/api").
//
// Error codes of the parsers: `unauthorized` means "this token or login is no
// good" (400 and 401 by message, up to 2.12 and from 2.13 on), `forbidden` "the
// account may not do this" (403, and the 404 that names a path), `not_found`
// the host is not there (a 404 that names an id, and 200 `{}` up to 2.11),
// `domain_taken` "... is already in use", `conflict` "Host is already ..",
// `rejected` any other 4xx, `peer_failed` a 500, which does not mean that
// nothing happened. A 502 of the nginx in front of NPM is `connection_lost`, a
// 504 `timed_out`, 429 and 503 are `busy`. Every other answer that is not
// NPM's, a 404 included, is `bad_reply`. No error tells a piece of a body other
// than NPM's message: bodies carry tokens, passwords and keys.

namespace DW_EXPORT dw {
namespace npm {

// -- health and account -------------------------------------------------------

/// `GET /`, without a token.
http_request health();

/// The version, "2.15.1".
caf::expected<std::string> parse_health(const http_response& response);

/// `GET /users/me?expand=permissions`.
http_request account(const secret& token);

/// Fills in `can_manage` and `sees_all`.
caf::expected<proxy_info> parse_account(const http_response& response);

// -- tokens -------------------------------------------------------------------

/// `POST /tokens`.
http_request login(const std::string& identity, const secret& password);

/// `GET /tokens`. Succeeds for any token that is well signed and not expired,
/// so it also tells whether a 500 was about the token.
http_request refresh(const secret& token);

/// Reads the token and its lifetime, which is `exp - iat` of the JWT, else 24
/// hours. A two-factor challenge is `errc::unauthorized` with a hint to use an
/// account without it.
caf::expected<proxy_token> parse_token(const http_response& response);

// -- proxy hosts --------------------------------------------------------------

/// `GET /nginx/proxy-hosts`: all of them, there is no paging.
http_request list_hosts(const secret& token);

caf::expected<std::vector<proxy_host>>
parse_host_list(const http_response& response);

/// `GET /nginx/proxy-hosts/ID`.
http_request read_host(const secret& token, int64_t id);

caf::expected<proxy_host> parse_host(const http_response& response);

/// `POST /nginx/proxy-hosts`. Sends the members that old versions need and none
/// that they refuse. The answer does not tell whether it is served.
caf::expected<http_request>
create_host(const secret& token, const create_proxy_host& what);

/// What to do with the domains of an update.
enum class domain_check : uint8_t {
  /// Send them in normal form, and refuse what is no host name.
  normalize,
  /// Send them as they are, for some of them are what NPM has already.
  none,
};

/// `PUT /nginx/proxy-hosts/ID` with only the members that are to change.
/// `errc::invalid_argument` if there is none, and for `enabled` being false,
/// with which NPM goes on to serve the host: that is for `disable_host`.
caf::expected<http_request>
update_host(const secret& token, const update_proxy_host& what,
            domain_check check = domain_check::normalize);

/// `PUT /nginx/proxy-hosts/ID` with all that our requests may have changed, as
/// it was. Serves the host also if it was disabled; see `disable_host`.
http_request restore_host(const secret& token, const proxy_host& what);

/// `DELETE /nginx/proxy-hosts/ID`.
http_request delete_host(const secret& token, int64_t id);

/// `PUT {"enabled":true}`: unlike `POST ../enable` it keeps the access list.
/// The answer is the host: see `parse_host`.
http_request enable_host(const secret& token, int64_t id);

/// `POST /nginx/proxy-hosts/ID/disable`.
http_request disable_host(const secret& token, int64_t id);

/// Whether delete or disable succeeded, or found it done already. A host that
/// is not there is `errc::not_found`, which is success for a delete only.
caf::error check_done(const http_response& response);

/// The error of an answer that is not a success.
caf::error to_error(const http_response& response);

// -- domains ------------------------------------------------------------------

/// The form in which names are compared and sent: lower case, punycode, without
/// a trailing dot; "*." in front is kept. `errc::invalid_argument` for what is
/// no host name, also where NPM would take it and nginx would not.
caf::expected<std::string> normalize_domain(const std::string& domain);

/// The same for a name that NPM stores, which need not be one that we would
/// accept.
std::string comparable_domain(const std::string& stored);

/// The host that has exactly this name, compared normalised, or nullptr.
const proxy_host*
find_by_domain(const std::vector<proxy_host>& hosts, const std::string& domain);

// -- ownership ----------------------------------------------------------------

/// Whose a host is by its `meta`; none if it carries no mark of ours.
caf::optional<route_owner> read_owner(const proxy_host& host);

/// `meta` with our mark set and all foreign keys kept.
std::string write_owner(const std::string& meta, const route_owner& owner);

/// `meta` with the remark that the host was not made by us, which `write_owner`
/// keeps.
std::string mark_adopted(const std::string& meta);

/// Whether a host was there before it became ours.
bool is_adopted(const proxy_host& host);

/// `meta` without anything of ours.
std::string erase_owner(const std::string& meta);

} // namespace npm
} // namespace dw
