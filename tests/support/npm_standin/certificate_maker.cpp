#include "tests/support/npm_standin/certificate_maker.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace npm_standin {

namespace {

constexpr std::int64_t day_seconds = 86'400;

struct deleter {
  void operator()(BIO* x) const {
    BIO_free(x);
  }
  void operator()(EVP_PKEY* x) const {
    EVP_PKEY_free(x);
  }
  void operator()(X509* x) const {
    X509_free(x);
  }
  void operator()(X509_EXTENSION* x) const {
    X509_EXTENSION_free(x);
  }
};

template <class T>
using handle = std::unique_ptr<T, deleter>;

template <class F>
std::string to_pem(F write) {
  const handle<BIO> out{BIO_new(BIO_s_mem())};
  if (write(out.get()) != 1)
    throw std::runtime_error{"cannot write PEM"};
  const char* data = nullptr;
  const auto size = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

void set_names(X509* certificate, const std::string& common_name) {
  auto* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(
    subject, "CN", MBSTRING_UTF8,
    reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  const auto names = "DNS:" + common_name;
  const handle<X509_EXTENSION> extension{
    X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str())};
  if (extension)
    X509_add_ext(certificate, extension.get(), -1);
}

} // namespace

certificate_files
make_certificate(const std::string& common_name, std::int64_t days) {
  const handle<EVP_PKEY> key{EVP_EC_gen("P-256")};
  const handle<X509> certificate{X509_new()};
  const auto at = now();
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate.get()), at);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * day_seconds);
  X509_set_pubkey(certificate.get(), key.get());
  set_names(certificate.get(), common_name);
  if (X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0)
    throw std::runtime_error{"cannot sign a certificate"};
  return {to_pem([&](BIO* out) {
            return PEM_write_bio_X509(out, certificate.get());
          }),
          to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0,
                                            nullptr, nullptr);
          }),
          at + days * day_seconds * 1000};
}

} // namespace npm_standin
