#pragma once

#include "main/configuration.hpp"
#include "main/environment.hpp"

#include <string>
#include <vector>

namespace dw {

/// Something that works, and that others can take advantage of.
struct advice {
  /// "engine", "proxy" and so on.
  std::string what;
  std::string text;
};

/// What could be safer about a configuration: files that other users may read
/// or change, and connections to other machines that can be listened to. Looks
/// at the files; shows no secrets.
std::vector<advice> advise(const configuration& config, const environment& env);

/// One line of JSON for it.
std::string advice_json(const advice& x);

} // namespace dw
