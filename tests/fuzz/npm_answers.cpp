// Every reader of an answer of Nginx Proxy Manager, and whose its hosts are.

#include "tests/fuzz/fuzz.hpp"
#include "transports/npm_api.hpp"
#include "transports/npm_host_listing.hpp"

#include <caf/deep_to_string.hpp>

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

void check_owner(const proxy_host& host) {
  const route_owner ours{"shop", "prod", std::string(64, 'a')};
  auto marked = host;
  marked.meta = npm::write_owner(host.meta, ours);
  require(npm::read_owner(marked) == ours, "a mark can be read");
  require(npm::is_adopted(marked) == npm::is_adopted(host),
          "a mark does not change who made a host");
  marked.meta = npm::mark_adopted(marked.meta);
  require(npm::is_adopted(marked), "an adopted host can be told");
  require(npm::read_owner(marked) == ours, "adopting keeps the mark");
  marked.meta = npm::erase_owner(marked.meta);
  require(!npm::read_owner(marked) && !npm::is_adopted(marked),
          "nothing of ours is left when it is erased");
}

void check_domains(const proxy_host& host) {
  for (const auto& x : host.domains) {
    auto once = npm::comparable_domain(x);
    require(npm::comparable_domain(once) == once,
            "what can be compared stays what it is");
  }
}

// There are two ways to read a list, which must not differ.
bool read_lists(const http_response& response) {
  npm::host_listing listing;
  auto hosts = npm::parse_host_list(response);
  for (auto round : {1, 2}) {
    auto listed = listing.read(response);
    require(static_cast<bool>(hosts) == static_cast<bool>(listed),
            "both readers can or cannot");
    if (!is_good(hosts) || !is_good(listed))
      continue;
    require(hosts->size() == listed->size(), "both readers find all hosts");
    for (size_t i = 0; i < hosts->size(); ++i)
      require(caf::deep_to_string((*hosts)[i])
                == caf::deep_to_string((*listed)[i]->host),
              round == 1 ? "both readers find the same hosts"
                         : "what is remembered is the same");
  }
  if (hosts)
    for (const auto& x : *hosts) {
      check_owner(x);
      check_domains(x);
    }
  return is_good(hosts);
}

bool read_host(const http_response& response) {
  auto host = npm::parse_host(response);
  if (!is_good(host))
    return false;
  check_owner(*host);
  check_domains(*host);
  npm::restore_host(secret{"token"}, *host);
  return true;
}

using reader = bool (*)(const http_response&);

const std::array readers{
  reader{read_lists},
  reader{read_host},
  reader{[](auto& x) { return is_good(npm::parse_token(x)); }},
  reader{[](auto& x) { return is_good(npm::parse_health(x)); }},
  reader{[](auto& x) { return is_good(npm::parse_account(x)); }},
  reader{[](auto& x) { return is_good(npm::check_done(x)); }},
};

constexpr std::array statuses{200, 201, 400, 401, 403, 404, 429, 500, 502, 504};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  const auto& read = readers.at(in.choose(readers.size()));
  http_response response;
  response.status = statuses.at(in.choose(statuses.size()));
  response.operation = "do";
  response.object = "it";
  response.peer = "Nginx Proxy Manager";
  response.headers = {{"content-type", secret{"application/json"}}};
  response.body = in.text();
  read(response);
  if (response.status >= 400)
    require(!is_good(npm::to_error(response)), "a refusal is an error");
  return 0;
}
