// What others do to an engine and its containers.

#include "bench/sim/engine.hpp"

namespace dw::sim {

namespace {

bool is_started_again(const container& c) {
  return c.host_json.find(R"("RestartPolicy":{"Name":"no")")
         == std::string::npos;
}

} // namespace

bool engine::act(const std::string& id, std::string_view deed) {
  auto* c = find(id);
  if (c == nullptr)
    return false;
  auto runs = c->state == "running";
  if (deed == "start")
    return runs || run(*c);
  if (deed == "stop") {
    if (runs) {
      end(*c, 0);
      tell("stop", *c);
    }
    return true;
  }
  if (deed == "kill") {
    if (runs) {
      end(*c, 1);
      return !is_started_again(*c) || run(*c);
    }
    return true;
  }
  if (deed != "remove")
    return false;
  if (runs)
    end(*c, 137);
  forget(*c);
  return true;
}

void engine::restart() {
  std::vector<container*> stopped;
  for (auto& [id, c] : containers_)
    if (c->state == "running") {
      halt(*c);
      stopped.push_back(c.get());
    }
  events_.reset();
  for (auto* c : stopped)
    if (is_started_again(*c))
      run(*c);
}

} // namespace dw::sim
