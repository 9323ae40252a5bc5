#pragma once

#include "messages/export.hpp"

#include <caf/expected.hpp>

#include <string>

namespace DW_EXPORT dw {

/// A lock between the processes of this machine, which is a file. The kernel
/// frees it when the process ends, however it ends; the file stays.
class file_lock {
public:
  /// Where locks are that processes of different users share.
  static constexpr auto default_folder = "/tmp/docker-watcher.locks";

  /// Opens the file, and makes it and its folder if they are not there, so that
  /// every user may lock it. `errc::internal` with the system's reason.
  /// @param name Of the lock, for the path and for errors.
  static caf::expected<file_lock>
  open(const std::string& folder, const std::string& name);

  /// Takes the lock if it is free, and writes our process id into the file.
  bool try_lock();

  /// Waits for the lock; blocks the thread.
  void lock();

  /// Gives it back. Done also if we do not have it.
  void unlock();

  /// The id of the process that has it, or had it last; "unknown" if the file
  /// does not tell.
  std::string holder() const;

  file_lock(file_lock&& other) noexcept;
  file_lock& operator=(file_lock&& other) noexcept;
  ~file_lock();

private:
  explicit file_lock(int file) : file_{file} {
    // nop
  }

  void write_holder();

  int file_;
};

} // namespace dw
