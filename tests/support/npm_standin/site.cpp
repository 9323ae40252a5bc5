#include "tests/support/npm_standin/site.hpp"

#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/files.hpp"

namespace npm_standin {

namespace {

namespace fs = std::filesystem;

void remove_unknown(const fs::path& directory,
                    const std::set<std::int64_t>& known) {
  std::set<fs::path> kept;
  for (auto id : known)
    kept.insert(std::to_string(id) + ".conf");
  fs::create_directories(directory);
  for (const auto& file : fs::directory_iterator{directory})
    if (!kept.contains(file.path().filename()))
      fs::remove(file.path());
}

/// Host files name the ports through these, so that they outlive a restart on
/// other ports.
void write_listen_files(const nginx_layout& layout) {
  const auto address = "listen " + layout.address + ":";
  const auto http = address + std::to_string(layout.http_port);
  const auto https = address + std::to_string(layout.https_port) + " ssl";
  write_file(layout.root / "listen_http.inc", http + ";\n");
  write_file(layout.root / "listen_https.inc", https + ";\n");
  write_file(layout.root / "listen_https_http2.inc", https + " http2;\n");
}

nginx_layout
prepared(nginx_layout layout, const std::set<std::int64_t>& known) {
  remove_unknown(layout.hosts_directory(), known);
  fs::remove(layout.custom_file("broken.conf"));
  write_listen_files(layout);
  write_file(layout.main_file(), main_config(layout));
  return layout;
}

} // namespace

site::site(std::string nginx, nginx_layout layout,
           const std::vector<listening_socket>& sockets,
           const std::set<std::int64_t>& known)
  : layout_(prepared(std::move(layout), known)),
    nginx_(std::move(nginx), layout_, sockets) {
  // nop
}

pid_t site::pid() const {
  return nginx_.pid();
}

std::string site::complaint() const {
  return test().text;
}

bool site::has_file(std::int64_t host_id) const {
  return fs::exists(layout_.host_file(host_id));
}

nginx_process::verdict site::publish(const host_sources& from) {
  settle();
  require_good();
  const auto file = layout_.host_file(from.host.at("id").integer());
  fs::remove(file);
  if (!from.access_list.is_null())
    store_passwords(from.access_list);
  write_file(file, host_config(layout_, from));
  auto verdict = test();
  if (!verdict.good)
    fs::remove(file);
  return verdict;
}

void site::withdraw(std::int64_t host_id) {
  settle();
  fs::remove(layout_.host_file(host_id));
}

void site::reload() {
  require_good();
  if (auto verdict = nginx_.reload(); !verdict.good)
    throw nginx_failure{verdict.text};
}

void site::store_certificate(std::int64_t id, const std::string& certificate,
                             const std::string& key) {
  write_file(layout_.certificate_file(id), certificate);
  write_file(layout_.key_file(id), key);
}

void site::set_broken(bool x) {
  settle();
  const auto file = layout_.custom_file("broken.conf");
  if (x)
    write_file(file, "broken_on_purpose;\n");
  else
    fs::remove(file);
}

void site::set_failing(bool x) {
  failing_ = x;
}

void site::settle() const {
  nginx_.settle();
}

void site::require_good() const {
  if (auto verdict = test(); !verdict.good)
    throw nginx_failure{verdict.text};
}

nginx_process::verdict site::test() const {
  if (failing_)
    return {false, "nginx: made to fail\n"};
  return nginx_.test();
}

void site::store_passwords(const json& access_list) {
  std::string text;
  for (const auto& item : access_list.at("items").items())
    text += item.at("username").text() + ":{SHA}"
            + base64(sha1(item.at("password").text())) + "\n";
  write_file(layout_.password_file(access_list.at("id").integer()), text);
}

} // namespace npm_standin
