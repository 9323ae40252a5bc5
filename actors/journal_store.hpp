#pragma once

#include "actors/sealing.hpp"
#include "messages/export.hpp"
#include "messages/journal.hpp"

#include <caf/expected.hpp>
#include <caf/timestamp.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace DW_EXPORT dw {

/// What a journal is opened with.
struct journal_settings {
  /// The database. Its directory must exist; SQLite puts files with "-wal" and
  /// "-shm" at the end beside it, and we one with ".lock".
  std::string path;
  /// Finished pieces of work that are kept of each stage. The two last ones
  /// that put an instance in place are kept beyond that, for a rollback.
  uint32_t keep = 50;
};

/// An entry and when it happened.
struct journal_entry {
  std::variant<work_accepted, step_begun, work_finished, image_removed> what;
  caf::timestamp when;
};

/// The durable record of work, in a SQLite database. Blocks, and belongs to one
/// thread. One process at a time can have the file; a `journal_reader` may read
/// it meanwhile.
///
/// What `append` has returned successfully is on the disk: neither the end of
/// the process nor a power cut takes it back.
class journal_store {
public:
  /// Opens the file, makes it if there is none, and brings it to the current
  /// version. Fails with `errc::conflict` if another process has it, otherwise
  /// with `errc::storage_failed`: it is damaged, of a newer version, somebody
  /// else's, or its place cannot be written to.
  /// @param seal Seals the values of environments.
  static caf::expected<journal_store>
  open(const journal_settings& settings, sealer seal);

  /// Writes all of the entries or none, at the cost of one flush of the disk.
  /// Fails with `errc::conflict` if work is accepted whose id is that of
  /// finished work, or finished that was not accepted.
  caf::error append(std::span<const journal_entry> entries);

  /// The latest work, newest first.
  caf::expected<std::vector<work_record>> history(const list_history& x);

  /// `errc::not_found` if there is no work of that id.
  caf::expected<work_record> read(const std::string& deploy_id);

  /// What was accepted and has not finished, in the order it was accepted. Work
  /// that is damaged says so, and does not keep others from being told.
  caf::expected<std::vector<unfinished_work>> unfinished();

  /// See `find_earlier`.
  caf::expected<deploy_spec> earlier(const find_earlier& x);

  /// See `find_unneeded`. `errc::not_found` if there is none.
  caf::expected<deployed_image> unneeded_image(const find_unneeded& x);

  journal_store(journal_store&& other) noexcept;
  journal_store& operator=(journal_store&& other) noexcept;
  ~journal_store();

private:
  struct impl;

  explicit journal_store(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace dw
