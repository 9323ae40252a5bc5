#include "transports/node_credentials.hpp"

#include "messages/error.hpp"
#include "messages/types.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace dw {

namespace {

struct deleter {
  void operator()(BIO* x) const noexcept {
    BIO_free(x);
  }

  void operator()(X509* x) const noexcept {
    X509_free(x);
  }

  void operator()(EVP_PKEY* x) const noexcept {
    EVP_PKEY_free(x);
  }
};

using bio_ptr = std::unique_ptr<BIO, deleter>;
using certificate_ptr = std::unique_ptr<X509, deleter>;
using key_ptr = std::unique_ptr<EVP_PKEY, deleter>;

caf::error
refuse(const std::string& path, std::string reply, std::string hint = {}) {
  return make_failure(errc::invalid_argument, {.operation = "load",
                                               .object = path,
                                               .reply = std::move(reply),
                                               .hint = std::move(hint)});
}

caf::expected<std::string> read_file(const std::string& path) {
  errno = 0;
  bio_ptr file{BIO_new_file(path.c_str(), "rb")};
  std::string result;
  std::array<char, 4096> buffer;
  for (int n = 1; file && n > 0;) {
    n = BIO_read(file.get(), buffer.data(), static_cast<int>(buffer.size()));
    if (n > 0)
      result.append(buffer.data(), static_cast<size_t>(n));
  }
  if (file && !result.empty())
    return result;
  return refuse(path, errno != 0 ? std::generic_category().message(errno)
                                 : "it is empty");
}

bio_ptr reader_of(const std::string& text) {
  return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

certificate_ptr first_certificate(const std::string& text) {
  return certificate_ptr{
    PEM_read_bio_X509(reader_of(text).get(), nullptr, nullptr, nullptr)};
}

// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

key_ptr read_key(const std::string& text) {
  return key_ptr{PEM_read_bio_PrivateKey(reader_of(text).get(), nullptr,
                                         no_passphrase, nullptr)};
}

caf::error check_certificate(const std::string& path, const X509* x) {
  if (x == nullptr)
    return refuse(path, "it has no certificate in PEM format");
  if (X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
    return refuse(path, "the certificate is not valid yet",
                  "Is the clock of this machine right?");
  if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
    return refuse(path, "the certificate has expired",
                  "Make a new one: docker-watcher node cert --help.");
  return caf::none;
}

caf::error check_key(const tls_files& files, const X509* certificate,
                     const std::string& key_text) {
  auto key = read_key(key_text);
  if (!key)
    return refuse(files.key, "it has no private key in PEM format without a "
                             "passphrase");
  if (X509_check_private_key(certificate, key.get()) != 1)
    return refuse(files.key, "it is not the key of the certificate in "
                               + files.certificate);
  return caf::none;
}

// Stays open, and so readable under its name.
caf::expected<std::string> keep_copy(const std::string& text) {
  auto fd = memfd_create("docker-watcher", MFD_CLOEXEC);
  std::string_view left = text;
  while (fd >= 0 && !left.empty()) {
    auto n = write(fd, left.data(), left.size());
    if (n <= 0)
      break;
    left.remove_prefix(static_cast<size_t>(n));
  }
  if (fd >= 0 && left.empty())
    return "/proc/self/fd/" + std::to_string(fd);
  return make_failure(errc::storage_failed,
                      {.operation = "keep certificates in memory",
                       .reply = std::generic_category().message(errno)});
}

caf::expected<tls_files>
keep_copies(const std::string& ca, const std::string& certificate,
            const std::string& key) {
  tls_files result;
  for (auto [text, path] : {std::pair{&ca, &result.ca},
                            std::pair{&certificate, &result.certificate},
                            std::pair{&key, &result.key}}) {
    auto copy = keep_copy(*text);
    if (!copy)
      return std::move(copy.error());
    *path = std::move(*copy);
  }
  return result;
}

} // namespace

caf::expected<tls_files> load_node_credentials(const tls_files& files) {
  if (files.ca.empty() || files.certificate.empty() || files.key.empty())
    return make_failure(errc::invalid_argument,
                        {.operation = "prepare TLS between nodes",
                         .reply = "an authority, a certificate and its key are "
                                  "needed, all three",
                         .hint = "docker-watcher node cert makes them."});
  auto ca = read_file(files.ca);
  if (!ca)
    return std::move(ca.error());
  auto certificate = read_file(files.certificate);
  if (!certificate)
    return std::move(certificate.error());
  auto key = read_file(files.key);
  if (!key)
    return std::move(key.error());
  auto own = first_certificate(*certificate);
  if (auto err = check_certificate(files.ca, first_certificate(*ca).get()))
    return err;
  if (auto err = check_certificate(files.certificate, own.get()))
    return err;
  if (auto err = check_key(files, own.get(), *key))
    return err;
  return keep_copies(*ca, *certificate, *key);
}

} // namespace dw
