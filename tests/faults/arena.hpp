#pragma once

#include "tests/faults/attempt.hpp"
#include "tests/faults/full_disk.hpp"
#include "tests/support/served_stage.hpp"

#include <map>
#include <string>

namespace dw::faults {

/// Where faults happen: a stage whose v1 serves, on a real engine and behind a
/// real nginx, a server that deploys v2 there, visitors, and proxies between
/// all of them. Belongs to one thread.
class arena {
public:
  arena();

  /// Deploys v2 with no fault, and v1 again. @returns all exchanges.
  exchange_list record();

  /// Deploys v2 with a fault, looks at what came of it, and deploys v1 again.
  cell_result run(const cell& x);

private:
  std::map<std::string, fault_proxy*> proxies();

  /// Gets everything ready, and has the fault happen in time.
  void begin(attempt& how);
  void set_clock(attempt& how) const;
  planned_fault plan_of(attempt& how) const;
  void forget_image() const;

  /// Ends whatever lasts.
  void heal();

  /// Has a server deploy v2. Returns when there is a report.
  void deploy(attempt& how);
  bool start(attempt& how) const;
  void start_again(attempt& how);
  void look_after_server(attempt& how);
  std::string submit() const;
  npm_standin::json record_of(const std::string& id) const;

  /// Ends the server in order.
  void stop(attempt& how) const;

  /// Deploys v1 with a plain command, which brings everything in order.
  void recover() const;

  test::served_stage served_;
  full_disk disk_;
  fault_proxy engine_;
  fault_proxy registry_;
  fault_proxy npm_;
  fault_proxy visit_;
};

} // namespace dw::faults
