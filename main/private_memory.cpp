#include "main/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace dw {

void keep_memory_private() noexcept {
  // Does not count where the kernel pipes cores to a program.
  rlimit limit{};
  if (getrlimit(RLIMIT_CORE, &limit) == 0) {
    limit.rlim_cur = 0;
    setrlimit(RLIMIT_CORE, &limit);
  }
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

} // namespace dw
