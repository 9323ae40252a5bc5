#include "transports/npm_api.hpp"

#include "transports/npm_request.hpp"

#include <idn2.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace dw::npm {

namespace {

constexpr size_t max_name = 253;
constexpr size_t max_label = 63;

// In UTF-8, before the conversion to punycode.
constexpr size_t max_input = 1024;

constexpr std::string_view wildcard = "*.";

bool is_ascii(std::string_view name) {
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<signed char>(c) < 0; });
}

bool has_control_character(std::string_view name) {
  return std::any_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
  });
}

/// Independent of the locale.
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view name) {
  std::string result{name};
  for (auto& c : result)
    c = lower(c);
  return result;
}

bool is_label(std::string_view label) {
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !label.empty() && label.size() <= max_label && label.front() != '-'
         && label.back() != '-'
         && std::all_of(label.begin(), label.end(), is_allowed);
}

bool is_host_name(std::string_view name) {
  for (;;) {
    auto dot = name.find('.');
    if (!is_label(name.substr(0, dot)))
      return false;
    if (dot == std::string_view::npos)
      return true;
    name.remove_prefix(dot + 1);
  }
}

caf::error refuse(const std::string& domain, std::string why) {
  return invalid("use domain", domain, std::move(why),
                 "A domain is a host name such as app.example.com, or a "
                 "wildcard such as *.example.com.");
}

/// The punycode of a name in UTF-8, in lower case.
caf::expected<std::string>
to_punycode(const std::string& domain, const std::string& name) {
  char* raw = nullptr;
  auto status = idn2_to_ascii_8z(name.c_str(), &raw,
                                 IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  std::unique_ptr<char, decltype(&std::free)> guard{raw, std::free};
  if (status != IDN2_OK)
    return refuse(domain, std::string{"it has no form in ASCII: "}
                            + idn2_strerror(status));
  return lower(raw);
}

} // namespace

caf::expected<std::string> normalize_domain(const std::string& domain) {
  if (domain.size() > max_input)
    return refuse(domain.substr(0, max_label) + "..", "it is too long");
  if (has_control_character(domain))
    return refuse(domain, "it contains blanks or control characters");
  auto is_wildcard = domain.compare(0, wildcard.size(), wildcard) == 0;
  auto name = is_wildcard ? domain.substr(wildcard.size()) : domain;
  if (is_ascii(name)) {
    name = lower(name);
  } else {
    auto converted = to_punycode(domain, name);
    if (!converted)
      return std::move(converted.error());
    name = std::move(*converted);
  }
  // nginx ignores the dot, NPM takes it for another name.
  if (!name.empty() && name.back() == '.')
    name.pop_back();
  if (!is_host_name(name))
    return refuse(domain, "it is not a host name");
  if (is_wildcard)
    name.insert(0, wildcard);
  if (name.size() > max_name)
    return refuse(domain, "it is longer than 253 characters");
  return name;
}

std::string comparable_domain(const std::string& stored) {
  if (auto normal = normalize_domain(stored))
    return std::move(*normal);
  auto result = lower(stored);
  if (result.size() > 1 && result.back() == '.')
    result.pop_back();
  return result;
}

const proxy_host* find_by_domain(const std::vector<proxy_host>& hosts,
                                 const std::string& domain) {
  auto wanted = comparable_domain(domain);
  auto has_it = [&wanted](const proxy_host& host) {
    return std::any_of(host.domains.begin(), host.domains.end(),
                       [&wanted](const std::string& stored) {
                         return comparable_domain(stored) == wanted;
                       });
  };
  auto i = std::find_if(hosts.begin(), hosts.end(), has_it);
  return i != hosts.end() ? &*i : nullptr;
}

} // namespace dw::npm
