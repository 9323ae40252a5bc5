#pragma once

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string_view>
#include <vector>

namespace dw::test {

/// Runs `f(pieces)` with `bytes` cut in many ways: not at all, into single
/// bytes, and at random. The seed is fixed, and shown when a check fails.
template <class F>
void for_each_cutting(std::string_view bytes, F f) {
  constexpr size_t random_cuttings = 30;
  for (size_t seed = 0; seed < random_cuttings + 2; ++seed) {
    BOOST_TEST_CONTEXT("cut with seed " << seed) {
      std::mt19937 random{static_cast<uint32_t>(seed)};
      // Seed 0 does not cut; seed 1 cuts to single bytes.
      auto longest = seed == 0 ? std::max<size_t>(bytes.size(), 1)
                     : seed == 1
                       ? 1
                       : std::uniform_int_distribution<size_t>{2, 400}(random);
      std::uniform_int_distribution<size_t> length{seed == 0 ? longest : 1,
                                                   longest};
      std::vector<std::string_view> pieces;
      for (auto rest = bytes; !rest.empty();) {
        pieces.push_back(rest.substr(0, length(random)));
        rest.remove_prefix(pieces.back().size());
      }
      f(pieces);
    }
  }
}

} // namespace dw::test
