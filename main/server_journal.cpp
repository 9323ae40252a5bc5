#include "main/server_journal.hpp"

#include "actors/sealing.hpp"
#include "main/environment.hpp"
#include "main/state_directory.hpp"

#include <utility>

namespace dw {

caf::expected<journal_store>
open_journal(const server_settings& settings, const std::string& state) {
  auto seal = find_sealer(stored_logins(process_environment()).key, true);
  if (!seal)
    return std::move(seal.error());
  return journal_store::open({journal_path(state), settings.history},
                             std::move(*seal));
}

} // namespace dw
