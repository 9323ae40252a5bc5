#pragma once

#include "tests/support/npm_standin/json.hpp"

#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace npm_standin {

/// Rows are objects with `id`, `created_on`, `modified_on` and `is_deleted`.
struct table {
  std::int64_t last_id = 0;
  std::vector<json> rows;

  /// Adds a row; ids are never used twice.
  json& insert(const json& columns);

  /// The row unless it is absent or deleted.
  json* find(std::int64_t id);
  const json* find(std::int64_t id) const;

  /// All rows that are not deleted.
  std::vector<const json*> live() const;
};

/// Sets a row's modification date.
void touch(json& row);

struct tables {
  /// With `permissions`, and `password`, `totp_secret`, `totp_enabled` and
  /// `backup_codes`, which no answer shows.
  table users;
  table proxy_hosts;
  table certificates;
  /// With `items` and `clients`.
  table access_lists;
  table access_list_entries;
  table audit_log;
  /// Domains of redirection and dead hosts, which are not modelled further.
  std::vector<std::string> reserved_domains;
};

/// Adds an entry to the audit log.
void audit(tables& t, std::int64_t user_id, std::string type,
           std::int64_t object_id, std::string action, json meta);

/// The tables and the file they are kept in. Thread-safe.
class database {
public:
  /// Loads the file if it exists.
  /// @throws std::runtime_error if the content is none of ours.
  explicit database(std::filesystem::path file);

  template <class F>
  auto read(F&& f) const {
    const std::lock_guard guard{mutex_};
    return std::invoke(std::forward<F>(f), tables_);
  }

  /// Saves after `f`, which checks everything before it changes anything:
  /// nothing is rolled back when it throws.
  template <class F>
  auto write(F&& f) {
    const std::lock_guard guard{mutex_};
    if constexpr (std::is_void_v<std::invoke_result_t<F, tables&>>) {
      std::invoke(std::forward<F>(f), tables_);
      save();
    } else {
      auto result = std::invoke(std::forward<F>(f), tables_);
      save();
      return result;
    }
  }

private:
  void save() const;

  std::filesystem::path file_;
  mutable std::mutex mutex_;
  tables tables_;
};

} // namespace npm_standin
