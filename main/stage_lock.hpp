#pragma once

#include "messages/deployment.hpp"

#include <caf/expected.hpp>

#include <string>

namespace dw {

/// Keeps two processes of this machine from working on the same stage at once.
/// The kernel frees it when the process ends, however it ends.
class stage_lock {
public:
  /// One for all users, for they may share an engine.
  static constexpr auto default_folder = "/tmp/docker-watcher.locks";

  /// Takes the lock without waiting; `errc::stage_busy` tells who has it.
  /// @param engine Names the engine: stages of two engines do not interfere.
  /// @param folder Where the locks are; the same for all who share an engine.
  static caf::expected<stage_lock>
  take(const std::string& engine, const deploy_spec& spec,
       const std::string& folder = default_folder);

  /// Waits for the lock; blocks.
  static caf::expected<stage_lock>
  wait(const std::string& engine, const deploy_spec& spec,
       const std::string& folder = default_folder);

  stage_lock(stage_lock&& other) noexcept;
  stage_lock& operator=(stage_lock&& other) noexcept;
  ~stage_lock();

private:
  static caf::expected<stage_lock>
  open(const std::string& path, const deploy_spec& spec, bool wait);

  explicit stage_lock(int file) : file_{file} {
    // nop
  }

  int file_;
};

} // namespace dw
