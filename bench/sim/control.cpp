#include "bench/sim/control.hpp"

#include "bench/sim/recording.hpp"

#include <charconv>
#include <optional>

namespace dw::sim {

namespace {

uint64_t number_of(const std::string& text, uint64_t otherwise) {
  auto result = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<fault::kind> kind_of(std::string_view name) {
  if (name == "refuse")
    return fault::kind::refuse;
  if (name == "close")
    return fault::kind::close;
  if (name == "hold")
    return fault::kind::hold;
  return std::nullopt;
}

void plan(conditions& weather, const connection_ptr& to, const request& x) {
  planned_faults wanted;
  wanted.exchange = parameter_of(x.query, "exchange");
  wanted.skip = number_of(parameter_of(x.query, "skip"), 0);
  wanted.count = number_of(parameter_of(x.query, "count"), 1);
  auto kind = kind_of(parameter_of(x.query, "what"));
  if (!kind || wanted.exchange.empty()) {
    refuse_control(to, "exchange and what (refuse, close or hold) are needed");
    return;
  }
  wanted.what = {*kind, parameter_of(x.query, "done") == "1"};
  weather.plan(std::move(wanted));
  to->reply(204, {}, {});
}

} // namespace

bool control_faults(conditions& weather, const connection_ptr& to,
                    const request& x) {
  if (x.method != verb::post)
    return false;
  if (x.path == "/_sim/faults") {
    plan(weather, to, x);
    return true;
  }
  if (x.path != "/_sim/release")
    return false;
  weather.release();
  to->reply(204, {}, {});
  return true;
}

void refuse_control(const connection_ptr& to, std::string_view why) {
  to->reply(400, control_headers, "{\"problem\":" + json_string(why) + "}\n");
}

} // namespace dw::sim
