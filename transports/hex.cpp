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

} // namespace dw
