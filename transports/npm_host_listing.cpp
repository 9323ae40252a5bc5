#include "transports/npm_host_listing.hpp"

#include "transports/npm_api.hpp"

#include <charconv>
#include <string_view>
#include <utility>

namespace dw::npm {

namespace {

bool consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// The id of the host that a text begins with, 0 if it begins otherwise: NPM
/// writes it first.
int64_t leading_id(std::string_view text) {
  int64_t id = 0;
  if (consume(text, R"({"id":)"))
    std::from_chars(text.data(), text.data() + text.size(), id);
  return id;
}

/// The object that a text begins with, as far as its brackets tell; whether it
/// is JSON shows when it is parsed.
std::string_view leading_object(std::string_view text) {
  size_t depth = 0;
  auto is_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_string && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      is_string = !is_string;
    else if (!is_string && text[i] == '{')
      ++depth;
    else if (!is_string && text[i] == '}' && --depth == 0)
      return text.substr(0, i + 1);
    else if (depth == 0)
      break;
  }
  return {};
}

caf::expected<proxy_host> parse_object(std::string_view text) {
  http_response single;
  single.status = 200;
  single.body = text;
  return parse_host(single);
}

} // namespace

listed_host::listed_host(proxy_host from)
  : host{std::move(from)}, owner{read_owner(host)} {
  domains.reserve(host.domains.size());
  for (const auto& domain : host.domains)
    domains.push_back(comparable_domain(domain));
}

caf::expected<std::vector<listed_host_pointer>>
host_listing::read(const http_response& response) {
  if (response.status == 200)
    if (auto hosts = read_each(response))
      return std::move(*hosts);
  auto hosts = parse_host_list(response);
  if (!hosts)
    return std::move(hosts.error());
  std::vector<listed_host_pointer> result;
  result.reserve(hosts->size());
  for (auto& host : *hosts)
    result.push_back(std::make_shared<listed_host>(std::move(host)));
  return result;
}

caf::optional<std::vector<listed_host_pointer>>
host_listing::read_each(const http_response& response) {
  std::string_view rest = response.body;
  std::vector<listed_host_pointer> result;
  if (rest == "[]") {
    known_.clear();
    return result;
  }
  if (!rest.starts_with('['))
    return caf::none;
  // What is not put into this one is not there any more.
  known_hosts now;
  auto separator = "[";
  while (consume(rest, separator)) {
    separator = ",";
    auto id = leading_id(rest);
    auto node = known_.extract(id);
    if (node.empty() || !consume(rest, node.mapped().text)) {
      auto text = leading_object(rest);
      auto host = parse_object(text);
      if (!host)
        return caf::none;
      rest.remove_prefix(text.size());
      result.push_back(std::make_shared<listed_host>(std::move(*host)));
      now[id] = {std::string{text}, result.back()};
    } else {
      result.push_back(node.mapped().host);
      now.insert(std::move(node));
    }
  }
  if (rest != "]")
    return caf::none;
  known_ = std::move(now);
  return result;
}

} // namespace dw::npm
