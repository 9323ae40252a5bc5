#include "actors/node_access.hpp"

#include "actors/node_proof.hpp"
#include "messages/error.hpp"
#include "messages/types.hpp"
#include "transports/text.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace dw {

namespace {

constexpr auto operation = "let in a controller";

// Tells strangers nothing.
caf::error unauthorized() {
  return make_failure(errc::unauthorized,
                      {.operation = "get in",
                       .reply = "unauthorized",
                       .hint = "Does the node know this token? "
                               "docker-watcher token list, there, shows."});
}

caf::error too_many() {
  return make_failure(errc::busy, {.operation = "get in",
                                   .reply = "too many controllers at once"});
}

std::string shown(const std::string& token_id) {
  constexpr size_t longest = 16;
  return clean_text(token_id, longest);
}

} // namespace

node_access::node_access(std::string name, node_clients find)
  : name_{std::move(name)}, find_{std::move(find)} {
  // nop
}

caf::expected<node_challenge>
node_access::greet(const node_hello& hello, time_point now) {
  std::erase_if(challenges_,
                [now](const auto& x) { return x.second.until <= now; });
  auto client = find_(hello.token_id);
  if (!client || !is_nonce(hello.nonce)) {
    spdlog::warn("could not {}: it names the token {}, which is nobody's",
                 operation, shown(hello.token_id));
    return unauthorized();
  }
  if (challenges_.size() >= max_open)
    return too_many();
  node_challenge result;
  result.name = name_;
  result.nonce = make_nonce();
  result.proof
    = prove(node_party::node, client->key, hello.nonce, result.nonce);
  challenges_[result.nonce] = {hello, now + challenge_time};
  return result;
}

caf::expected<node_pass>
node_access::admit(const node_login& login, const caf::actor_addr& holder,
                   time_point now) {
  auto found = challenges_.extract(login.nonce);
  if (!found || found.mapped().until <= now)
    return unauthorized();
  const auto& hello = found.mapped().hello;
  auto client = find_(hello.token_id);
  if (!client
      || !is_proof(login.proof, node_party::controller, client->key,
                   hello.nonce, login.nonce)) {
    spdlog::warn("could not {}: it does not know the token {}", operation,
                 shown(hello.token_id));
    return unauthorized();
  }
  if (sessions_.size() >= max_open && !sessions_.contains(holder))
    return too_many();
  node_pass pass{secret{make_nonce()}};
  sessions_[holder] = {pass, hello.token_id, client->key};
  spdlog::info("let in the controller of {}, release {}", client->name,
               clean_text(hello.version, 32));
  return pass;
}

caf::optional<node_client> node_access::client_of(const session& x) const {
  auto client = find_(x.token_id);
  if (client && client->key == x.key)
    return client;
  return caf::none;
}

caf::expected<node_client>
node_access::check(const node_pass& pass, node_right needed) {
  const session* found = nullptr;
  for (const auto& [holder, x] : sessions_) // all of them, in any case
    if (is_same(x.pass.value, pass.value))
      found = &x;
  if (found == nullptr)
    return unauthorized();
  auto client = client_of(*found);
  if (!client)
    return unauthorized();
  if (client->may >= needed)
    return *client;
  return make_failure(
    errc::forbidden,
    {.operation = "use the node",
     .reply = "the token " + client->name + " does not allow that",
     .hint = needed == node_right::remove ? "It takes one of scope admin."
                                          : "It takes one of scope deploy."});
}

void node_access::forget(const caf::actor_addr& holder) {
  sessions_.erase(holder);
}

} // namespace dw
