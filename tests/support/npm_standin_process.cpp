#include "tests/support/npm_standin_process.hpp"

#include "tests/support/npm_standin/json.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace dw::test {

namespace fs = std::filesystem;
using npm_standin::json;

namespace {

std::vector<std::string> arguments_of(const npm_standin_options& options) {
  std::vector<std::string> out{NPM_STANDIN_PROGRAM,
                               "--listen",
                               options.address + ":0",
                               "--dir",
                               options.directory.string(),
                               "--prefix",
                               options.prefix,
                               "--identity",
                               options.identity,
                               "--mutation-ms",
                               std::to_string(options.mutation_time.count()),
                               "--version-profile",
                               options.version_profile};
  if (options.with_https)
    out.insert(out.end(), {"--https-port", "0"});
  if (!options.resolver.empty())
    out.insert(out.end(), {"--resolver", options.resolver});
  return out;
}

/// Our environment and the password, which must not be an argument.
std::vector<std::string> environment_of(const npm_standin_options& options) {
  std::vector<std::string> out{"NPM_STANDIN_PASSWORD=" + options.password};
  for (auto** x = environ; *x != nullptr; ++x)
    if (!std::string_view{*x}.starts_with("NPM_STANDIN_PASSWORD="))
      out.emplace_back(*x);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& from) {
  std::vector<char*> out;
  out.reserve(from.size() + 1);
  for (auto& x : from)
    out.push_back(x.data());
  out.push_back(nullptr);
  return out;
}

/// Starts the program.
/// @param output Receives the reading end of its standard output.
pid_t start(const npm_standin_options& options, int& output) {
  std::array<int, 2> channel{};
  if (::pipe2(channel.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  auto arguments = arguments_of(options);
  auto environment = environment_of(options);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, channel[1], STDOUT_FILENO);
  pid_t pid = -1;
  const auto error
    = ::posix_spawn(&pid, arguments[0].c_str(), &actions, nullptr,
                    pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(channel[1]);
  output = channel[0];
  if (error != 0)
    throw std::runtime_error{"cannot run " + arguments[0]};
  return pid;
}

/// The first line of a stream, which it closes.
std::string read_line(int descriptor) {
  std::string out;
  char next = 0;
  while (::read(descriptor, &next, 1) == 1 && next != '\n')
    out += next;
  ::close(descriptor);
  return out;
}

} // namespace

npm_standin_process::npm_standin_process(npm_standin_options options)
  : options_(std::move(options)) {
  if (options_.directory.empty())
    options_.directory = own_directory_.emplace().path();
  int output = -1;
  pid_ = start(options_, output);
  const auto ready = json::parse(read_line(output));
  if (!ready) {
    stop();
    throw std::runtime_error{"npm-standin did not start"};
  }
  nginx_pid_ = static_cast<pid_t>(ready->at("nginx_pid").integer());
  api_url_ = ready->at("api_url").text();
  traffic_url_ = ready->at("traffic_url").text();
  control_url_ = ready->at("control_url").text();
  https_port_ = static_cast<std::uint16_t>(ready->at("https_port").integer());
}

npm_standin_process::~npm_standin_process() {
  stop();
}

int npm_standin_process::stop() {
  if (pid_ < 0)
    return -1;
  int status = 0;
  ::kill(pid_, SIGTERM);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    // nop
  }
  pid_ = -1;
  own_directory_.reset();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

const std::string& npm_standin_process::api_url() const {
  return api_url_;
}

const std::string& npm_standin_process::traffic_url() const {
  return traffic_url_;
}

std::uint16_t npm_standin_process::https_port() const {
  return https_port_;
}

pid_t npm_standin_process::pid() const {
  return pid_;
}

pid_t npm_standin_process::nginx_pid() const {
  return nginx_pid_;
}

const fs::path& npm_standin_process::directory() const {
  return options_.directory;
}

// -- requests -----------------------------------------------------------------

std::string
npm_standin_process::control(const std::string& method, const std::string& path,
                             const std::string& body) const {
  plain_request request{method, control_url_ + path};
  if (!body.empty()) {
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
  }
  auto response = exchange(request);
  if (response.status >= 300 || response.status == 0)
    throw std::runtime_error{path + " was refused: " + response.body};
  return response.body;
}

plain_response npm_standin_process::visit(const std::string& host,
                                          const std::string& path) const {
  return exchange({"GET", traffic_url_ + path, {{"Host", host}}});
}

void npm_standin_process::expire_tokens() const {
  control("POST", "/control/expire-tokens");
}

void npm_standin_process::rotate_keys() const {
  control("POST", "/control/rotate-keys");
}

void npm_standin_process::break_nginx(bool on) const {
  control("POST", "/control/break-nginx",
          on ? R"({"on":true})" : R"({"on":false})");
}

void npm_standin_process::settle() const {
  control("POST", "/control/settle");
}

void npm_standin_process::set_token_lifetime(const std::string& text) const {
  json body;
  body["lifetime"] = text;
  control("POST", "/control/token-lifetime", body.dump());
}

void npm_standin_process::fail_next(const std::string& fault) const {
  control("POST", "/control/fail-next", fault);
}

} // namespace dw::test
