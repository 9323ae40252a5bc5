#include "messages/secret.hpp"

#include <cstring>
#include <utility>

namespace dw {

namespace {

// A short text stays behind when it is moved; the memory of others goes along.
void move(std::string& from, std::string& to) noexcept {
  to = std::move(from);
  wipe(from);
}

} // namespace

secret::secret(std::string value) {
  move(value, value_);
}

secret::secret(secret&& other) noexcept {
  move(other.value_, value_);
}

secret& secret::operator=(const secret& other) {
  secret copy{other};
  std::swap(value_, copy.value_);
  return *this;
}

secret& secret::operator=(secret&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

void wipe(std::string& text) noexcept {
  text.resize(text.capacity()); // which allocates nothing
  explicit_bzero(text.data(), text.size());
  text.clear();
}

} // namespace dw
