#include "bench/common/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace dw::bench {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

long resident_kib() {
  long size = 0;
  long resident = 0;
  std::ifstream{"/proc/self/statm"} >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

} // namespace dw::bench
