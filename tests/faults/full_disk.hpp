#pragma once

#include <string>

namespace dw::faults {

/// A small disk of its own that can be filled up. Needs root.
class full_disk {
public:
  /// @param directory Is made, and is where it is mounted.
  /// @throws std::runtime_error if it cannot be.
  explicit full_disk(std::string directory);
  ~full_disk();

  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

  const std::string& directory() const noexcept {
    return directory_;
  }

  /// Removes everything.
  void clear() const;

  /// Takes all room that there is.
  void fill() const;

  /// Gives it back.
  void free() const;

private:
  std::string filler() const;

  std::string directory_;
};

} // namespace dw::faults
