#include "actors/text_file.hpp"
#include "main/commands.hpp"
#include "main/machine_name.hpp"
#include "messages/error.hpp"
#include "transports/certificate_authority.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace dw {

namespace {

// The files of an authority or of a certificate.
struct file_pair {
  std::string certificate;
  std::string key;
};

// Longer than any certificate: the authority is to be replaced by hand, on all
// machines.
constexpr std::chrono::days authority_days{3650};

constexpr auto nodes_authority = "nodes-ca";
constexpr auto controllers_authority = "controllers-ca";

file_pair files_of(const arguments& args, const std::string& name) {
  auto path = std::filesystem::path{args.directory} / name;
  return {path.string() + ".pem", path.string() + ".key"};
}

caf::error fail(const std::string& path, int error_number) {
  return make_failure(errc::storage_failed,
                      {.operation = "write",
                       .object = path,
                       .reply = std::generic_category().message(error_number)});
}

// Nothing that is there is lost: nobody could get it back.
caf::error write_new(const std::string& path, std::string_view text) {
  auto fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(path, errno);
  auto is_written
    = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size())
      && fsync(fd) == 0;
  auto error_number = is_written ? 0 : errno;
  close(fd);
  if (is_written)
    return caf::none;
  unlink(path.c_str());
  return fail(path, error_number);
}

// Both or none.
caf::error write_pair(const file_pair& to, const issued_certificate& x) {
  if (auto err = write_new(to.key, x.key.reveal()))
    return err;
  auto err = write_new(to.certificate, x.certificate);
  if (err)
    unlink(to.key.c_str());
  return err;
}

caf::expected<issued_certificate> read_pair(const file_pair& from) {
  auto certificate = read_text_file(from.certificate);
  if (!certificate)
    return std::move(certificate.error());
  auto key = read_text_file(from.key);
  if (!key)
    return std::move(key.error());
  return issued_certificate{std::move(*certificate), secret{std::move(*key)}};
}

caf::expected<issued_certificate>
find_authority(const arguments& args, const std::string& name) {
  auto files = files_of(args, name);
  if (std::filesystem::exists(files.certificate)
      || std::filesystem::exists(files.key))
    return read_pair(files);
  auto made = make_authority("docker-watcher " + name, authority_days);
  if (!made)
    return made;
  if (auto err = write_pair(files, *made))
    return err;
  return made;
}

void tell_node(const arguments& args) {
  auto own = files_of(args, args.name);
  fmt::print("The node needs {}, {} and {}:\n"
             "  docker-watcher node --listen ADDRESS:PORT --ca {} --cert {} "
             "--key {}\n",
             files_of(args, controllers_authority).certificate, own.certificate,
             own.key, files_of(args, controllers_authority).certificate,
             own.certificate, own.key);
}

void tell_controller(const arguments& args) {
  auto own = files_of(args, args.name);
  fmt::print("The controller needs {}, {} and {}. In its configuration:\n"
             "  controller: {{ca: {}, cert: {}, key: {}}}\n",
             files_of(args, nodes_authority).certificate, own.certificate,
             own.key, files_of(args, nodes_authority).certificate,
             own.certificate, own.key);
}

caf::error make_files(const arguments& args) {
  if (!is_machine_name(args.name) || args.name == nodes_authority
      || args.name == controllers_authority)
    return refuse_machine_name("make a certificate for", args.name);
  auto controllers = find_authority(args, controllers_authority);
  if (!controllers)
    return std::move(controllers.error());
  auto nodes = find_authority(args, nodes_authority);
  if (!nodes)
    return std::move(nodes.error());
  auto made
    = args.for_controller
        ? issue_certificate(*controllers, args.name, certificate_use::client,
                            std::chrono::days{args.days})
        : issue_certificate(*nodes, args.name, certificate_use::server,
                            std::chrono::days{args.days});
  if (!made)
    return std::move(made.error());
  return write_pair(files_of(args, args.name), *made);
}

} // namespace

exit_status run_node_cert(const arguments& args) {
  if (auto err = make_files(args))
    return report_error(args, err);
  if (args.for_controller)
    tell_controller(args);
  else
    tell_node(args);
  fmt::print("Keep {} and {} where no node is: whoever has them is trusted.\n",
             files_of(args, nodes_authority).key,
             files_of(args, controllers_authority).key);
  return exit_status::done;
}

} // namespace dw
