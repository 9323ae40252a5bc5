#pragma once

#include "messages/deployment.hpp"
#include "messages/error.hpp"

namespace dw {

/// Whether two requests ask for the same, so that the second one is a
/// repetition of the first.
inline bool is_same_work(const submit_work& x, const submit_work& y) {
  return x.action == y.action && key_of(x.spec) == key_of(y.spec)
         && x.spec.image == y.spec.image && x.spec.tag == y.spec.tag
         && x.rollback_to == y.rollback_to;
}

/// The refusal of work whose id stands for other work.
inline caf::error id_is_taken(const submit_work& x) {
  return make_failure(
    errc::conflict, {.operation = to_string(x.action),
                     .object = x.spec.project + "/" + x.spec.stage,
                     .reply = "there is other work of the id " + x.deploy_id});
}

} // namespace dw
