#pragma once

#include "tests/faults/fault_proxy.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dw::faults {

/// With whom a deploy has exchanges: the engine and the proxy manager with
/// docker-watcher, the registry with the engine, and the proxy itself with
/// docker-watcher as a visitor.
inline constexpr std::array peers{"engine", "registry", "npm", "visit"};

/// A cell of the matrix: one fault of one exchange.
struct cell {
  std::string peer;
  exchange_id at;
  fault what;
  /// See planned_fault.
  bool is_done = false;
  int status = 0;
};

/// "engine POST /containers/create #1"
std::string row_of(const cell& x);

/// The row and the fault: "engine POST /containers/create #1: lost". Names the
/// cell on the command line.
std::string name_of(const cell& x);

/// The exchanges of a deploy, by peer.
using exchange_list = std::map<std::string, std::vector<exchange_id>>;

/// All cells. What a fault leaves open is thrown with dice that only depend on
/// the seed and the name of the cell.
std::vector<cell> make_cells(const exchange_list& all, uint64_t seed);

/// Some of them, in which each row and each column occurs as often as any
/// other, or once more.
std::vector<cell>
choose_cells(std::vector<cell> all, size_t count, uint64_t seed);

} // namespace dw::faults
