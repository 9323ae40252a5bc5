#include "tests/support/npm_standin/answers.hpp"

#include "tests/support/npm_standin/failure.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

constexpr std::string_view private_user_columns[] = {
  "permissions",  "password",     "totp_secret",
  "totp_enabled", "backup_codes", "is_deleted",
};

/// Splits at commas outside of brackets.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out(1);
  int depth = 0;
  for (auto c : text) {
    depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    if (c == ',' && depth == 0)
      out.emplace_back();
    else if (c != ' ')
      out.back() += c;
  }
  return out;
}

json without(const json& row, std::string_view column) {
  auto out = row;
  out.erase(column);
  return out;
}

/// Flags were integers before 2.12.
void make_flags_integers(json& row) {
  const auto before = row;
  for (const auto& [name, value] : before.members())
    if (value.is_bool())
      row[name] = value.flag() ? 1 : 0;
}

json expanded_certificate(const json& row) {
  auto out = row;
  out["meta"] = json::object{};
  return out;
}

json expanded_access_list(const json& row, const expansion& expand) {
  auto out = row;
  if (!expand.contains("access_list.items"))
    out.erase("items");
  if (!expand.contains("access_list.clients"))
    out.erase("clients");
  return out;
}

json owner_answer(const tables& t, const json& row, npm_version version) {
  const auto* owner = t.users.find(row.at("owner_user_id").integer());
  return owner != nullptr ? user_answer(*owner, version) : json{};
}

} // namespace

expansion parse_expansion(std::string_view text, const expansion& known) {
  expansion out;
  if (text.empty())
    return out;
  for (const auto& part : split(text)) {
    const auto bracket = part.find(".[");
    out.insert(part.substr(0, bracket));
    if (bracket == std::string::npos || !part.ends_with(']'))
      continue;
    const auto base = part.substr(0, bracket + 1);
    const auto inner = std::string_view{part}.substr(bracket + 2);
    for (const auto& name : split(inner.substr(0, inner.size() - 1)))
      out.insert(base + name);
  }
  if (!std::ranges::includes(known, out))
    throw internal_error();
  for (const auto* inner : {"access_list.items", "access_list.clients"})
    if (out.contains(inner))
      out.insert("access_list");
  return out;
}

const expansion& host_relations() {
  static const expansion all{"owner", "certificate", "access_list",
                             "access_list.items", "access_list.clients"};
  return all;
}

json host_answer(const tables& t, const json& row, const expansion& expand,
                 npm_version version) {
  auto out = without(row, "is_deleted");
  if (version < npm_version::v2_15)
    out.erase("trust_forwarded_proto");
  if (version < npm_version::v2_12)
    make_flags_integers(out);
  if (expand.contains("owner"))
    out["owner"] = owner_answer(t, row, version);
  if (expand.contains("certificate")) {
    const auto* found = t.certificates.find(row.at("certificate_id").integer());
    out["certificate"]
      = found != nullptr ? expanded_certificate(*found) : json{};
  }
  if (expand.contains("access_list")) {
    const auto* found = t.access_lists.find(row.at("access_list_id").integer());
    out["access_list"]
      = found != nullptr ? expanded_access_list(*found, expand) : json{};
  }
  return out;
}

json user_answer(const json& row, npm_version version) {
  auto out = row;
  for (auto column : private_user_columns)
    out.erase(column);
  if (version < npm_version::v2_12) {
    out["is_deleted"] = row.at("is_deleted");
    make_flags_integers(out);
  }
  return out;
}

json certificate_answer(const json& row) {
  return without(row, "is_deleted");
}

json access_list_answer(const tables& t, const json& row) {
  auto out = without(row, "is_deleted");
  out.erase("items");
  out.erase("clients");
  const auto hosts = t.proxy_hosts.live();
  out["proxy_host_count"]
    = std::ranges::count_if(hosts, [id = row.at("id").integer()](auto* host) {
        return host->at("access_list_id").integer() == id;
      });
  return out;
}

json masked_items(const json& items) {
  json::array out;
  for (auto item : items.items()) {
    const auto& password = item.at("password").text();
    constexpr std::size_t stars = 8;
    // Nine stars for none, which is also what is left of a masked one.
    item["hint"] = password.empty() ? std::string(stars + 1, '*')
                                    : password.substr(0, 1)
                                        + std::string(password.size() - 1, '*');
    item["password"] = "";
    out.push_back(std::move(item));
  }
  return out;
}

} // namespace npm_standin
