#pragma once

#include "messages/deployment.hpp"

namespace dw {

/// Whether two requests ask for the same, so that the second one is a
/// repetition of the first.
inline bool is_same_work(const submit_work& x, const submit_work& y) {
  return x.action == y.action && key_of(x.spec) == key_of(y.spec)
         && x.spec.image == y.spec.image && x.spec.tag == y.spec.tag
         && x.rollback_to == y.rollback_to;
}

} // namespace dw
