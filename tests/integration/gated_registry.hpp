#pragma once

#include "tests/support/npm_standin/http_server.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <semaphore>
#include <string>

namespace dw::test {

/// A registry on loopback that holds every question for an image back until it
/// is opened, and then knows none.
class gated_registry {
public:
  gated_registry()
    : server_{"127.0.0.1", 0, [this](const auto& x) { return serve(x); }} {
    server_.start();
  }

  ~gated_registry() {
    open();
  }

  /// A reference to an image that is asked for here.
  std::string image() const {
    return "127.0.0.1:" + std::to_string(server_.port()) + "/app:v1";
  }

  /// Waits until the engine has asked for an image.
  void await_question() {
    BOOST_REQUIRE_MESSAGE(arrived_.try_acquire_for(std::chrono::seconds{30}),
                          "the engine does not ask the registry");
  }

  void open() {
    open_ = true;
    open_.notify_all();
  }

  /// How often an image was asked for.
  int questions() const {
    return questions_;
  }

private:
  npm_standin::reply serve(const npm_standin::request& in) {
    if (!in.path.starts_with("/v2/app/"))
      return {.content_type = "application/json", .body = "{}"};
    ++questions_;
    arrived_.release();
    open_.wait(false);
    return {.status = 404,
            .content_type = "application/json",
            .body = R"({"errors":[{"code":"MANIFEST_UNKNOWN",)"
                    R"("message":"manifest unknown"}]})"};
  }

  std::counting_semaphore<> arrived_{0};
  std::atomic<bool> open_ = false;
  std::atomic<int> questions_ = 0;
  npm_standin::http_server server_;
};

} // namespace dw::test
