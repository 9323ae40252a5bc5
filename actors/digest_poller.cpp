#include "actors/digest_poller.hpp"

#include "actors/harden.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace dw {

namespace {

using self_pointer = digest_poller_actor::stateful_pointer<digest_poller_state>;

double share(self_pointer self) {
  return std::uniform_real_distribution<>{0, 1}(self->state.jitter);
}

void wait(self_pointer self, uint64_t index) {
  const auto& st = self->state;
  const auto& x = st.watches.at(index);
  self->delayed_send(self,
                     next_poll(st.policy, x.what.interval, x.failures,
                               x.was_too_often, share(self)),
                     caf::tick_atom::value, index);
}

// Each first failure is told, and then silence until an answer.
void on_failure(self_pointer self, uint64_t index, const caf::error& why) {
  auto& x = self->state.watches.at(index);
  x.was_too_often = code_of(why) == errc::busy;
  if (x.failures++ == 0)
    spdlog::warn("{}/{} is not up to date with its tag: {}", x.what.project,
                 x.what.stage, render(why));
  wait(self, index);
}

void tell(self_pointer self, uint64_t index, const std::string& digest) {
  auto& x = self->state.watches.at(index);
  self
    ->request(self->state.listener, caf::infinite,
              tag_seen{x.what.project, x.what.stage, x.what.tag, digest})
    .then(
      [self, index](const push_verdict& verdict) {
        if (verdict.error) {
          on_failure(self, index, verdict.error);
          return;
        }
        auto& y = self->state.watches.at(index);
        y.failures = 0;
        y.was_too_often = false;
        wait(self, index);
      },
      [self, index](const caf::error& err) { on_failure(self, index, err); });
}

void ask(self_pointer self, uint64_t index) {
  const auto& st = self->state;
  const auto& x = st.watches.at(index);
  find_digest request;
  request.options.timeout = st.policy.patience;
  request.reference = x.what.image + ":" + x.what.tag;
  self->request(st.images, caf::infinite, std::move(request))
    .then(
      [self, index](const found_digest& found) {
        tell(self, index, found.digest);
      },
      [self, index](const caf::error& err) { on_failure(self, index, err); });
}

} // namespace

// The engine hides a registry's Retry-After, so the pause is ours to choose.
std::chrono::milliseconds
next_poll(const poll_policy& policy, std::chrono::milliseconds interval,
          uint32_t failures, bool was_too_often, double jitter) {
  auto doublings = std::min(failures, 10u);
  auto result = interval * (int64_t{1} << doublings);
  if (was_too_often)
    result = std::max(result, policy.too_often);
  result = std::min(result, std::max(interval, policy.cap));
  return std::chrono::milliseconds{static_cast<int64_t>(
    static_cast<double>(result.count()) * (0.9 + 0.2 * jitter))};
}

digest_poller_actor::behavior_type
digest_poller(self_pointer self, const std::vector<polled_tag>& tags,
              image_puller_actor images, tag_listener_actor listener,
              poll_policy policy) {
  harden(self);
  auto& st = self->state;
  st.images = std::move(images);
  st.listener = std::move(listener);
  st.policy = policy;
  for (const auto& x : tags)
    st.watches.push_back({x, 0, false});
  // The first questions are spread over an interval, for all begin together.
  for (uint64_t i = 0; i < st.watches.size(); ++i)
    self->delayed_send(self,
                       std::chrono::duration_cast<std::chrono::milliseconds>(
                         st.watches[i].what.interval * share(self)),
                       caf::tick_atom::value, i);
  return {
    [self](caf::tick_atom, uint64_t index) { ask(self, index); },
  };
}

} // namespace dw
