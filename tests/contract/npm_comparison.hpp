#pragma once

#include "tests/support/npm_standin/json.hpp"

#include <set>
#include <string>
#include <vector>

namespace dw::test {

/// Compares an answer with a recorded one. Placeholders ("<JWT>"), dates, and
/// what nginx says about its own files and processes are compared by their
/// shape, all else by value; objects without regard to order.
/// @param ignored JSON pointers of what is not compared; "/a/#" stands for the
///                number of items in "/a".
/// @returns one line per difference.
std::vector<std::string>
differences(const npm_standin::json& recorded, const npm_standin::json& actual,
            const std::set<std::string>& ignored);

} // namespace dw::test
