#pragma once

#include "tests/faults/attempt.hpp"

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace dw::faults {

/// A cell, and what came of it.
struct played_cell {
  cell what;
  cell_result result;
};

/// Whether it was lost: a guarantee was broken.
bool is_lost(const played_cell& x);

/// All cells as a table, its legend, and the number of cells tried and lost.
void print_matrix(std::ostream& out, const std::vector<played_cell>& all);

/// What was wrong with a cell, and how to play it again.
void print_loss(std::ostream& out, const played_cell& x, uint64_t seed);

} // namespace dw::faults
