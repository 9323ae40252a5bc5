#include "main/config_key.hpp"

#include <algorithm>

namespace dw {

void refuse_key(value_reader& reader, const yaml_value& value,
                const std::string& key, std::vector<std::string> known) {
  std::erase(known, std::string{});
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  if (auto meant = closest(key, known); !meant.empty()) {
    reader.complain_key(value,
                        "is not a key here, did you mean " + meant + "?");
    return;
  }
  std::string list;
  for (const auto& x : known)
    list.append(list.empty() ? "" : ", ").append(x);
  reader.complain_key(value, "is not a key here, expected one of " + list);
}

std::string_view next_part(std::string_view path, std::string_view below) {
  if (!path.starts_with(below))
    return {};
  path.remove_prefix(below.size());
  return path.substr(0, path.find('.'));
}

} // namespace dw
