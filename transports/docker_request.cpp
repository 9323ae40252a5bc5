#include "transports/docker_request.hpp"

#include "transports/hex.hpp"
#include "transports/text.hpp"

namespace dw::docker {

namespace {

constexpr size_t id_digits = 64;
constexpr size_t max_name = 128;

// Of a DNS name.
constexpr size_t max_alias = 253;

// What of a bad argument is shown.
constexpr size_t max_shown = 200;

constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyz"
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789";
constexpr std::string_view name_alphabet = "abcdefghijklmnopqrstuvwxyz"
                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                           "0123456789_.-";

bool consists_of(std::string_view text, std::string_view alphabet) {
  return text.find_first_not_of(alphabet) == std::string_view::npos;
}

/// The engine resolves the beginning of an id, and so would act on another
/// object if none had such a name.
bool may_begin_an_id(std::string_view text) {
  return text.size() <= id_digits && is_hex(text);
}

} // namespace

// -- requests -----------------------------------------------------------------

http_deadlines endless(std::chrono::milliseconds first_byte) {
  http_deadlines result;
  result.first_byte = first_byte;
  result.total = std::chrono::milliseconds{0};
  return result;
}

http_request
make_request(std::string_view operation, std::string object, http_method method,
             std::string target, std::chrono::milliseconds total) {
  http_request result;
  result.operation = operation;
  result.object = std::move(object);
  result.peer = engine_peer;
  result.method = method;
  result.target = std::move(target);
  result.deadlines.total = total;
  return result;
}

void set_body(http_request& request, const json::writer& json) {
  request.headers.push_back({"Content-Type", secret{"application/json"}});
  request.body = json.str();
}

caf::error bad_argument(std::string_view operation, std::string_view object,
                        std::string problem) {
  return make_failure(errc::invalid_argument,
                      {.operation = std::string{operation},
                       .object = clean_text(object, max_shown),
                       .reply = std::move(problem)});
}

// -- arguments ----------------------------------------------------------------

bool is_name(std::string_view text, size_t min, size_t max) {
  return text.size() >= min && text.size() <= max
         && consists_of(text.substr(0, 1), alphanumeric)
         && consists_of(text, name_alphabet);
}

bool is_full_id(std::string_view text) {
  return text.size() == id_digits && is_hex(text);
}

bool is_container_name(std::string_view text) {
  return is_name(text, 2, max_name) && !may_begin_an_id(text);
}

bool is_network(std::string_view text) {
  return is_full_id(text)
         || (is_name(text, 1, max_name) && !may_begin_an_id(text));
}

bool is_alias(std::string_view text) {
  return is_name(text, 1, max_alias);
}

caf::error check_id(std::string_view operation, std::string_view id) {
  if (is_full_id(id))
    return caf::none;
  return bad_argument(operation, id,
                      "a container's id has 64 lower-case hex digits");
}

caf::error check_grace(std::string_view operation, std::string_view id,
                       std::chrono::seconds grace) {
  if (grace.count() >= 0 && grace <= max_grace)
    return caf::none;
  return bad_argument(operation, id,
                      "the grace period must be from 0 seconds to a day");
}

} // namespace dw::docker
