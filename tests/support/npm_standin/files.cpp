#include "tests/support/npm_standin/files.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace npm_standin {

namespace fs = std::filesystem;

std::optional<std::string> read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return std::nullopt;
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

void write_file(const fs::path& path, std::string_view content) {
  fs::create_directories(path.parent_path());
  auto draft = path;
  draft += ".new";
  {
    std::ofstream out{draft, std::ios::binary | std::ios::trunc};
    fs::permissions(draft, fs::perms::owner_read | fs::perms::owner_write);
    out << content;
    if (!out.flush())
      throw std::runtime_error{"cannot write " + draft.string()};
  }
  fs::rename(draft, path);
}

} // namespace npm_standin
