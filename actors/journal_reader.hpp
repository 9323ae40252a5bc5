#pragma once

#include "messages/journal.hpp"

#include <caf/expected.hpp>

#include <memory>
#include <string>
#include <vector>

namespace dw {

/// Reads a journal that another process may be writing, and changes nothing.
/// Blocks, and belongs to one thread. Needs no key: the history has no secrets.
class journal_reader {
public:
  /// Opens the file. `errc::not_found` if there is none; else like
  /// `journal_store::open`, and `errc::storage_failed` if it is of an older
  /// version, which only its writer brings up to date.
  static caf::expected<journal_reader> open(const std::string& path);

  /// The latest work, newest first.
  caf::expected<std::vector<work_record>> history(const list_history& x);

  /// `errc::not_found` if there is no work of that id.
  caf::expected<work_record> read(const std::string& deploy_id);

  journal_reader(journal_reader&& other) noexcept;
  journal_reader& operator=(journal_reader&& other) noexcept;
  ~journal_reader();

private:
  struct impl;

  explicit journal_reader(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace dw
