#pragma once

#include "actors/file_lock.hpp"
#include "messages/deployment.hpp"

#include <caf/expected.hpp>

#include <string>

namespace dw {

/// Keeps two processes of this machine from working on the same stage at once.
class stage_lock {
public:
  /// Takes the lock without waiting; `errc::stage_busy` tells who has it.
  /// @param engine Names the engine: stages of two engines do not interfere.
  /// @param folder Where the locks are; the same for all who share an engine.
  static caf::expected<stage_lock>
  take(const std::string& engine, const deploy_spec& spec,
       const std::string& folder = file_lock::default_folder);

  /// Waits for the lock; blocks.
  static caf::expected<stage_lock>
  wait(const std::string& engine, const deploy_spec& spec,
       const std::string& folder = file_lock::default_folder);

private:
  explicit stage_lock(file_lock lock) : lock_{std::move(lock)} {
    // nop
  }

  file_lock lock_;
};

} // namespace dw
