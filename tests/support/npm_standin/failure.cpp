#include "tests/support/npm_standin/failure.hpp"

namespace npm_standin {

failure::failure(int status, std::string message, json i18n)
  : status_(status), message_(std::move(message)), i18n_(std::move(i18n)) {
  // nop
}

int failure::status() const {
  return status_;
}

const std::string& failure::message() const {
  return message_;
}

const json& failure::i18n() const {
  return i18n_;
}

const char* failure::what() const noexcept {
  return message_.c_str();
}

failure internal_error(int status) {
  return {status, "Internal Error"};
}

failure not_found(npm_version version, const std::string& id) {
  const std::string text
    = version < npm_version::v2_15 ? "Item Not Found" : "Not Found";
  return {404, id.empty() ? text : text + " - " + id};
}

} // namespace npm_standin
