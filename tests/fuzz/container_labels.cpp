// A list of containers whose labels may say anything: what we make of them.

#include "actors/drift_plan.hpp"
#include "actors/instance_list.hpp"
#include "actors/journal_text.hpp"
#include "actors/push_policy.hpp"
#include "actors/stage_record.hpp"
#include "actors/validate_spec.hpp"
#include "main/json_lines.hpp"
#include "messages/naming.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_services.hpp"
#include "transports/json.hpp"

using namespace dw;
using namespace dw::fuzz;

namespace {

deploy_spec make_stage() {
  deploy_spec x;
  x.project = "shop";
  x.stage = "prod";
  x.image = "shop";
  x.tag = "1";
  x.domains = {"shop.example.com"};
  return x;
}

http_response make_answer(std::string_view body) {
  http_response x;
  x.operation = "list";
  x.object = "shop";
  x.peer = "Docker Engine";
  x.status = 200;
  x.body = body;
  return x;
}

// What a rollback does with a record.
void check_record(const container_summary& x) {
  auto spec = apply_record(make_stage(), label_of(x.labels, label::record));
  if (!is_good(spec))
    return;
  auto again = apply_record(make_stage(), write_record(*spec));
  require(is_good(again) && *again == *spec, "a record is read as written");
  auto problems = validate_spec(*spec, true);
  check_error(refuse_spec("roll back", *spec, problems));
  if (problems.empty())
    require(is_good(read_spec(write_spec(*spec))),
            "the journal can read what is rolled back to");
}

void check_stage(const std::vector<container_summary>& all) {
  auto spec = make_stage();
  auto mine = containers_of(key_of(spec), all);
  for (const auto& x : mine) {
    require(x.project == spec.project && x.stage == spec.stage,
            "what is not labelled as the stage's is not the stage's");
    describe(x);
    version_of(x);
    container_json("serves", x);
    check_record(x);
  }
  auto state = assess_stage(spec, mine, {});
  require((state.current ? 1 : 0) + state.retired.size()
              + state.unfinished.size()
            <= mine.size(),
          "no container has two parts");
  wanted_route(spec, state);
  auto current = state.current ? state.current->id : std::string{};
  auto plan = plan_retirement(mine, current, 1);
  for (const auto* xs : {&plan.stop, &plan.remove})
    for (const auto& x : *xs)
      require(x.id != current, "what serves does not retire");
  find_drift({spec}, all, {}, {});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto answer = make_answer(text_of(data, size));
  auto all = docker::parse_container_list(answer, {});
  if (!is_good(all))
    return 0;
  check_stage(*all);
  auto services = docker::parse_service_list(answer, {});
  if (is_good(services))
    check_stage(fold_services(*all, *services));
  return 0;
}
