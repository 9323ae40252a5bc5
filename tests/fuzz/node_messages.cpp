// What a peer can say to a node or a controller: any bytes that CAF takes for
// one of our messages, and what is decided about them before they are used.

#include "actors/journal_text.hpp"
#include "actors/node_orders.hpp"
#include "actors/validate_spec.hpp"
#include "main/json_lines.hpp"
#include "messages/interfaces.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/message_system.hpp"
#include "transports/json.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/message.hpp>

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

template <class T>
bool read(std::string_view bytes, T& x) {
  caf::binary_deserializer source{message_system(), bytes.data(), bytes.size()};
  return !source(x);
}

template <class T>
std::string write(T& x) {
  std::vector<char> result;
  caf::binary_serializer sink{message_system(), result};
  require(!sink(x), "what was read can be written");
  return {result.begin(), result.end()};
}

void check_json(std::string text) {
  json::document doc{std::move(text)};
  require(doc.ok(), "what is told of a message is JSON");
}

// -- what is done with a message before its content is believed ---------------

void use(const submit_work& x) {
  auto err = check_order(x);
  check_error(err);
  if (err)
    return;
  auto spec = read_spec(write_spec(x.spec));
  require(is_good(spec), "the journal can read work that a node has accepted");
  spec->env = x.spec.env;
  spec->place = x.spec.place;
  require(*spec == x.spec, "it reads the same");
}

void use(const look_after& x) {
  check_error(check_order(x));
}

void use(const deploy_event& x) {
  check_json(to_json(x));
}

void use(const deploy_report& x) {
  check_json(to_json(x));
  check_json(write_report(x));
}

void use(const work_record& x) {
  check_json(to_json(x, nullptr));
}

void use(const container_summary& x) {
  check_json(container_json("serves", x));
}

void use(const drift& x) {
  check_json(to_json(x));
}

template <class T>
void use(const T&) {
  // nop
}

// -----------------------------------------------------------------------------

template <class T>
void check(std::string_view bytes) {
  T x;
  if (!read(bytes, x))
    return;
  auto written = write(x);
  T again;
  require(read(written, again), "what was written can be read");
  require(write(again) == written, "a message stays what it is");
  use(x);
}

using checker = void (*)(std::string_view);

constexpr std::array<checker, 18> checkers{
  check<caf::message>,      check<caf::error>,      check<node_hello>,
  check<node_challenge>,    check<node_login>,      check<node_welcome>,
  check<submit_work>,       check<cancel_work>,     check<read_work>,
  check<look_after>,        check<work_record>,     check<deploy_event>,
  check<deploy_report>,     check<list_containers>, check<read_logs>,
  check<container_summary>, check<drift>,           check<log_line>,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto f = checkers.at(in.choose(checkers.size()));
  f(in.text());
  return 0;
}
