#include "tests/support/npm_standin/database.hpp"

#include "tests/support/npm_standin/files.hpp"
#include "tests/support/npm_standin/timestamps.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace npm_standin {

namespace {

bool is_live(const json& row) {
  const auto& deleted = row.at("is_deleted");
  return !deleted.is_bool() || !deleted.flag();
}

struct named_table {
  const char* name;
  table tables::*where;
};

constexpr named_table all_tables[] = {
  {"users", &tables::users},
  {"proxy_hosts", &tables::proxy_hosts},
  {"certificates", &tables::certificates},
  {"access_lists", &tables::access_lists},
  {"access_list_entries", &tables::access_list_entries},
  {"audit_log", &tables::audit_log},
};

json to_json(const tables& t) {
  json out;
  for (const auto& [name, where] : all_tables) {
    out[name]["last_id"] = (t.*where).last_id;
    out[name]["rows"] = (t.*where).rows;
  }
  auto& reserved = out["reserved_domains"] = json::array{};
  for (const auto& domain : t.reserved_domains)
    reserved.items().emplace_back(domain);
  return out;
}

tables from_json(const json& in) {
  tables out;
  for (const auto& [name, where] : all_tables) {
    (out.*where).last_id = in.at(name).at("last_id").integer();
    (out.*where).rows = in.at(name).at("rows").items();
  }
  for (const auto& domain : in.at("reserved_domains").items())
    out.reserved_domains.push_back(domain.text());
  return out;
}

} // namespace

json& table::insert(const json& columns) {
  json row;
  row["id"] = ++last_id;
  const auto date = local_time(now());
  row["created_on"] = date;
  row["modified_on"] = date;
  row["is_deleted"] = false;
  for (const auto& [name, value] : columns.members())
    row[name] = value;
  return rows.emplace_back(std::move(row));
}

const json* table::find(std::int64_t id) const {
  auto has_id = [id](const json& row) { return row.at("id").integer() == id; };
  auto i = std::ranges::find_if(rows, has_id);
  return i != rows.end() && is_live(*i) ? &*i : nullptr;
}

json* table::find(std::int64_t id) {
  return const_cast<json*>(std::as_const(*this).find(id));
}

std::vector<const json*> table::live() const {
  std::vector<const json*> out;
  for (const auto& row : rows)
    if (is_live(row))
      out.push_back(&row);
  return out;
}

void touch(json& row) {
  row["modified_on"] = local_time(now());
}

void audit(tables& t, std::int64_t user_id, std::string type,
           std::int64_t object_id, std::string action, json meta) {
  t.audit_log.insert(json::object{{"user_id", user_id},
                                  {"object_type", std::move(type)},
                                  {"object_id", object_id},
                                  {"action", std::move(action)},
                                  {"meta", std::move(meta)}});
}

database::database(std::filesystem::path file) : file_(std::move(file)) {
  auto text = read_file(file_);
  if (!text)
    return;
  try {
    tables_ = from_json(json::parse(*text).value());
  } catch (const std::exception&) {
    throw std::runtime_error{file_.string() + " is not a state file"};
  }
}

void database::save() const {
  write_file(file_, to_json(tables_).dump());
}

} // namespace npm_standin
