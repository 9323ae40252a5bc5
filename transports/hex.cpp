#include "transports/hex.hpp"

#include <boost/algorithm/hex.hpp>

#include <iterator>

namespace dw {

std::string to_hex(std::string_view bytes) {
  std::string result;
  result.reserve(2 * bytes.size());
  boost::algorithm::hex_lower(bytes, std::back_inserter(result));
  return result;
}

bool is_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace dw
