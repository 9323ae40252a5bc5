// Deploys a tag of the shop, and a second one in the background, without a line
// of CAF:
//
//   without_actors TAG NEXT-TAG

#include "actors/deployer.hpp"
#include "settings.hpp"

#include <future>
#include <iostream>

int main(int, char** argv) {
  // [deployer]
  dw::deployer_settings settings;
  settings.engine = engine();
  settings.proxy = proxy();
  settings.registries = {{variable("REGISTRY"), registry_login()}};
  dw::deployer deployer{settings};

  dw::submit_work work;
  work.spec = shop(argv[1]);
  auto report = deployer.run(work);
  if (report.error) {
    std::cerr << dw::render(report.error) << '\n';
    return dw::code_of(report.error) == dw::errc::invalid_argument ? 2 : 1;
  }

  for (const auto& x : deployer.status(report.project, report.stage).containers)
    std::cout << x.name << ": " << x.status << '\n';
  // [deployer]

  // [background]
  std::promise<bool> end;
  work.spec.tag = argv[2];
  auto id = deployer.start(
    work,
    [](const dw::deploy_event& x) {
      std::cout << to_string(x.phase) << ' ' << x.text << '\n';
    },
    [&end](const dw::deploy_report& x) { end.set_value(!x.error); });
  std::cout << "meanwhile, " << id << " can be cancelled\n";
  auto is_deployed = end.get_future().get();
  deployer.close(); // or by its destructor
  // [background]
  return is_deployed ? 0 : 1;
}
