#include "actors/image_pruner.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace dw {

namespace {

using self_pointer = image_pruner_actor::stateful_pointer<image_pruner_state>;

// How long the engine may take for an image.
constexpr auto patience = std::chrono::seconds{60};

// The names as the engine writes them.
std::set<std::string> names_of(const deployed_image& x) {
  std::set<std::string> result;
  for (const auto& name : x.names)
    if (auto reference = parse_image_reference(name))
      result.insert(to_string(*reference));
  return result;
}

// An image has a reference by its digest for each repository. By a tag it could
// be another one now.
std::vector<std::string> digest_references_of(const deployed_image& x) {
  std::set<std::string> result;
  for (const auto& name : x.names)
    if (auto reference = parse_image_reference(name))
      result.insert(reference->name + "@" + x.digest);
  return {result.begin(), result.end()};
}

void look_at_next(self_pointer self);

void end_round(self_pointer self) {
  auto& st = self->state;
  st.current = {};
  st.is_busy = std::exchange(st.is_asked_again, false);
  if (st.is_busy)
    look_at_next(self);
}

void give_up_round(self_pointer self, const caf::error& why) {
  spdlog::warn("images are not pruned: {}", render(why));
  end_round(self);
}

// One that cannot be removed does not keep the others.
void leave(self_pointer self, const caf::error& why) {
  const auto& name = self->state.current.names.front();
  if (code_of(why) == errc::conflict)
    spdlog::debug("image {} is still in use: {}", name, first_line(why));
  else
    spdlog::warn("image {} is not pruned: {}", name, render(why));
  look_at_next(self);
}

void forget(self_pointer self) {
  const auto& st = self->state;
  self->request(st.journal, caf::infinite, image_removed{st.current.digest})
    .then([self](const done&) { look_at_next(self); },
          [self](const caf::error& err) { give_up_round(self, err); });
}

void remove_rest(self_pointer self) {
  auto& st = self->state;
  if (st.removals.empty()) {
    spdlog::info("removed image {} ({}), which nothing needs any more",
                 st.current.names.front(), st.current.digest);
    forget(self);
    return;
  }
  remove_image what;
  what.options.timeout = patience;
  what.reference = std::move(st.removals.front());
  st.removals.erase(st.removals.begin());
  self->request(st.images, caf::infinite, std::move(what))
    .then([self](const done&) { remove_rest(self); },
          [self](const caf::error& err) {
            if (code_of(err) == errc::not_found)
              remove_rest(self);
            else
              leave(self, err);
          });
}

void on_found(self_pointer self, const image_info& image) {
  auto& st = self->state;
  st.removals = plan_removal(image, st.current);
  if (!st.removals.empty()) {
    remove_rest(self);
    return;
  }
  spdlog::debug("image {} stays: it has names that no deploy gave it",
                st.current.names.front());
  look_at_next(self);
}

void find_on_engine(self_pointer self) {
  auto& st = self->state;
  if (st.references.empty()) {
    forget(self);
    return;
  }
  inspect_image what;
  what.options.timeout = patience;
  what.reference = std::move(st.references.back());
  st.references.pop_back();
  self->request(st.images, caf::infinite, std::move(what))
    .then([self](const image_info& x) { on_found(self, x); },
          [self](const caf::error& err) {
            if (code_of(err) == errc::not_found)
              find_on_engine(self);
            else
              leave(self, err);
          });
}

// Asks for one image at a time, because deploys that are accepted meanwhile may
// need the others.
void look_at_next(self_pointer self) {
  const auto& st = self->state;
  self->request(st.journal, caf::infinite, find_unneeded{st.current.digest})
    .then(
      [self](deployed_image& x) {
        self->state.references = digest_references_of(x);
        self->state.current = std::move(x);
        find_on_engine(self);
      },
      [self](const caf::error& err) {
        if (code_of(err) == errc::not_found)
          end_round(self);
        else
          give_up_round(self, err);
      });
}

void prune(self_pointer self) {
  auto& st = self->state;
  st.is_asked_again = st.is_busy;
  if (!std::exchange(st.is_busy, true))
    look_at_next(self);
}

} // namespace

std::vector<std::string>
plan_removal(const image_info& image, const deployed_image& deployed) {
  auto ours = names_of(deployed);
  auto is_ours = [&](const auto& x) { return ours.contains(x); };
  auto result = image.repo_tags;
  if (!std::all_of(result.begin(), result.end(), is_ours))
    return {};
  if (!result.empty())
    result.pop_back();
  result.push_back(image.id);
  return result;
}

image_pruner_actor::behavior_type
image_pruner(self_pointer self, const deploy_supervisor_actor& supervisor,
             journal_actor journal, image_puller_actor images) {
  harden(self);
  self->state.journal = std::move(journal);
  self->state.images = std::move(images);
  follow_work(self, supervisor);
  return {
    [](const deploy_event&) {},
    [self](const deploy_report& x) {
      // Others have changed nothing that the journal knows of.
      if (is_recorded(x.action))
        prune(self);
    },
  };
}

} // namespace dw
