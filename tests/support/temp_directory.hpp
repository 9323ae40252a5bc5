#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace dw::test {

/// A directory that is gone after the test.
class temp_directory {
public:
  temp_directory() {
    auto name
      = (std::filesystem::temp_directory_path() / "dw-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::runtime_error{"cannot make a temporary directory"};
    path_ = name;
  }

  temp_directory(const temp_directory&) = delete;
  temp_directory& operator=(const temp_directory&) = delete;

  ~temp_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path() const {
    return path_.string();
  }

  /// Where a file of that name would be.
  std::string path(const std::string& name) const {
    return (path_ / name).string();
  }

  /// Writes a file. @returns its path.
  std::string write(const std::string& name, const std::string& content,
                    mode_t mode = 0600) const {
    auto result = path(name);
    std::ofstream{result, std::ios::binary} << content;
    if (::chmod(result.c_str(), mode) != 0)
      throw std::runtime_error{"cannot change the mode of " + result};
    return result;
  }

private:
  std::filesystem::path path_;
};

} // namespace dw::test
