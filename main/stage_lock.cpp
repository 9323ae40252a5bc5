#include "main/stage_lock.hpp"

#include "messages/error.hpp"

#include <functional>
#include <utility>

namespace dw {

namespace {

caf::expected<file_lock>
open_lock(const std::string& engine, const deploy_spec& spec,
          const std::string& folder) {
  auto name = spec.project + "." + spec.stage + "."
              + std::to_string(std::hash<std::string>{}(engine));
  auto lock = file_lock::open(folder, name);
  if (lock)
    return lock;
  return with_failure(lock.error(), [&](failure& x) {
    x.operation = "lock stage";
    x.reply = x.object + ": " + x.reply;
    x.object = spec.project + "/" + spec.stage;
  });
}

} // namespace

caf::expected<stage_lock>
stage_lock::take(const std::string& engine, const deploy_spec& spec,
                 const std::string& folder) {
  auto lock = open_lock(engine, spec, folder);
  if (!lock)
    return std::move(lock.error());
  if (lock->try_lock())
    return stage_lock{std::move(*lock)};
  return make_failure(errc::stage_busy,
                      {.operation = "lock stage",
                       .object = spec.project + "/" + spec.stage,
                       .reply
                       = "process " + lock->holder() + " is working on it"});
}

caf::expected<stage_lock>
stage_lock::wait(const std::string& engine, const deploy_spec& spec,
                 const std::string& folder) {
  auto lock = open_lock(engine, spec, folder);
  if (!lock)
    return std::move(lock.error());
  lock->lock();
  return stage_lock{std::move(*lock)};
}

} // namespace dw
