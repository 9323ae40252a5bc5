#include "bench/peers/floor/deploy.hpp"

#include <exception>
#include <stdexcept>

namespace dw::peer {

namespace {

task<void> try_to_remove(exchange& x, engine& docker, const std::string& id) {
  try {
    co_await docker.remove(x, id);
  } catch (const std::runtime_error&) {
    // The deploy fails with the reason why it is to be removed.
  }
}

// The host port of a healthy container; leaves none behind otherwise.
task<std::string> bring_up(exchange& x, engine& docker, const deploy_data& what,
                           const std::string& network) {
  auto id = co_await docker.create(x, what, network);
  std::exception_ptr failure;
  try {
    co_return co_await docker.start(x, id);
  } catch (const std::runtime_error&) {
    failure = std::current_exception();
  }
  co_await try_to_remove(x, docker, id);
  std::rethrow_exception(failure);
}

} // namespace

task<void>
deploy(exchange& x, engine& docker, proxy* npm, const deploy_data& what) {
  co_await docker.pull(x, what);
  auto network = co_await docker.ensure_network(x);
  auto old = co_await docker.running(x, what);
  std::string host;
  if (npm != nullptr)
    host = co_await npm->find(x, what);
  auto port = co_await bring_up(x, docker, what, network);
  if (npm != nullptr) {
    co_await npm->route(x, what, host, port);
    co_await npm->verify(x, what);
  }
  for (const auto& id : old)
    co_await docker.stop(x, id);
}

} // namespace dw::peer
