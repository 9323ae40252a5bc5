#include "tests/support/node_program.hpp"

#include "tests/support/shop_stage.hpp"

#include <csignal>
#include <stdexcept>
#include <utility>

namespace dw::test {

namespace {

watcher_settings settings_on(const machine& where) {
  auto result = environment_settings();
  result.npm_url.clear();
  result.runner = where.runner();
  return result;
}

} // namespace

node_program::node_program(std::string name, machine where, tls_files tls)
  : name_{std::move(name)}, where_{std::move(where)}, tls_{std::move(tls)},
    program_{settings_on(where_)} {
  // nop
}

std::string node_program::address() const {
  return where_.address() + ":7420";
}

std::string node_program::make_token(const std::string& scope) const {
  auto end = program_.run({"token", "create", "test", "--scope", scope});
  if (end.status != 0)
    throw std::runtime_error{"no token: " + end.error_output};
  end.output.erase(end.output.find_last_not_of('\n') + 1);
  return end.output;
}

void node_program::start() {
  process_.emplace(
    program_.start({"node", "--listen", address(), "--name", name_, "--engine",
                    where_.docker_host(), "--ca", tls_.ca, "--cert",
                    tls_.certificate, "--key", tls_.key}));
  process_->wait_for_output("listening on");
}

void node_program::kill() {
  process_->send(SIGKILL);
  process_->wait();
  process_.reset();
}

child_end node_program::stop() {
  process_->send(SIGTERM);
  auto result = program_.finish(*process_);
  process_.reset();
  return result;
}

} // namespace dw::test
