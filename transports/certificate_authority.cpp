#include "transports/certificate_authority.hpp"

#include "messages/error.hpp"
#include "messages/types.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <utility>

namespace dw {

namespace {

struct deleter {
  void operator()(BIGNUM* x) const noexcept {
    BN_free(x);
  }

  void operator()(BIO* x) const noexcept {
    BIO_free(x);
  }

  void operator()(EVP_PKEY* x) const noexcept {
    EVP_PKEY_free(x);
  }

  void operator()(X509* x) const noexcept {
    X509_free(x);
  }

  void operator()(X509_EXTENSION* x) const noexcept {
    X509_EXTENSION_free(x);
  }
};

template <class T>
using owned = std::unique_ptr<T, deleter>;

/// What OpenSSL makes of an authority.
struct signer {
  owned<X509> certificate;
  owned<EVP_PKEY> key;
};

caf::error openssl_failed() {
  return make_failure(errc::internal, {.operation = "make a certificate",
                                       .reply = "OpenSSL cannot do it"});
}

// 159 random bits: positive, and nobody has used them before.
bool set_serial(X509* x) {
  constexpr int bits = 159;
  owned<BIGNUM> number{BN_new()};
  return number != nullptr
         && BN_rand(number.get(), bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY)
              == 1
         && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(x))
              != nullptr;
}

bool set_validity(X509* x, std::chrono::days valid) {
  constexpr long hour = 3'600;
  return X509_gmtime_adj(X509_getm_notBefore(x), -hour) != nullptr
         && X509_time_adj_ex(X509_getm_notAfter(x),
                             static_cast<int>(valid.count()), 0, nullptr)
              != nullptr;
}

bool set_name(X509* x, const std::string& name) {
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
                                    MBSTRING_UTF8, text, -1, -1, 0)
         == 1;
}

bool extend(X509* x, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, x, nullptr, nullptr, 0);
  owned<X509_EXTENSION> extension{
    X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())};
  return extension != nullptr && X509_add_ext(x, extension.get(), -1) == 1;
}

bool make_it_an_authority(X509* x) {
  return extend(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0")
         && extend(x, x, NID_key_usage, "critical,keyCertSign,cRLSign")
         && extend(x, x, NID_subject_key_identifier, "hash");
}

bool make_it_good_for(X509* x, X509* issuer, certificate_use use,
                      const std::string& name) {
  return extend(x, issuer, NID_basic_constraints, "critical,CA:FALSE")
         && extend(x, issuer, NID_key_usage, "critical,digitalSignature")
         && extend(x, issuer, NID_ext_key_usage,
                   use == certificate_use::client ? "clientAuth" : "serverAuth")
         && extend(x, issuer, NID_subject_alt_name, "DNS:" + name)
         && extend(x, issuer, NID_subject_key_identifier, "hash")
         && extend(x, issuer, NID_authority_key_identifier, "keyid:always");
}

// A certificate that says nothing yet but whose it is.
owned<X509>
begin(EVP_PKEY* key, const std::string& name, std::chrono::days valid) {
  owned<X509> x{X509_new()};
  if (x && key != nullptr && X509_set_version(x.get(), X509_VERSION_3) == 1
      && set_serial(x.get()) && set_validity(x.get(), valid)
      && set_name(x.get(), name) && X509_set_pubkey(x.get(), key) == 1)
    return x;
  return nullptr;
}

template <class Write>
std::string to_pem(Write write) {
  owned<BIO> out{BIO_new(BIO_s_mem())};
  if (!out || write(out.get()) != 1)
    return {};
  char* data = nullptr;
  auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<size_t>(size)};
}

caf::expected<issued_certificate>
sign(X509* x, EVP_PKEY* signing_key, EVP_PKEY* own_key) {
  if (X509_sign(x, signing_key, EVP_sha256()) == 0)
    return openssl_failed();
  issued_certificate result;
  result.certificate
    = to_pem([x](BIO* out) { return PEM_write_bio_X509(out, x); });
  result.key = secret{to_pem([own_key](BIO* out) {
    return PEM_write_bio_PKCS8PrivateKey(out, own_key, nullptr, nullptr, 0,
                                         nullptr, nullptr);
  })};
  if (result.certificate.empty() || result.key.empty())
    return openssl_failed();
  return result;
}

owned<BIO> reader_of(const std::string& text) {
  return owned<BIO>{
    BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

caf::expected<signer> read_authority(const issued_certificate& x) {
  signer result;
  result.certificate.reset(PEM_read_bio_X509(reader_of(x.certificate).get(),
                                             nullptr, nullptr, nullptr));
  result.key.reset(PEM_read_bio_PrivateKey(reader_of(x.key.reveal()).get(),
                                           nullptr, nullptr, nullptr));
  if (result.certificate && result.key
      && X509_check_private_key(result.certificate.get(), result.key.get())
           == 1)
    return result;
  return make_failure(errc::invalid_argument,
                      {.operation = "sign a certificate",
                       .reply = "the authority's certificate and key cannot be "
                                "read, or are not of one another"});
}

} // namespace

caf::expected<issued_certificate>
make_authority(const std::string& name, std::chrono::days valid) {
  owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  auto x = begin(key.get(), name, valid);
  if (!x || X509_set_issuer_name(x.get(), X509_get_subject_name(x.get())) != 1
      || !make_it_an_authority(x.get()))
    return openssl_failed();
  return sign(x.get(), key.get(), key.get());
}

caf::expected<issued_certificate>
issue_certificate(const issued_certificate& authority, const std::string& name,
                  certificate_use use, std::chrono::days valid) {
  auto by = read_authority(authority);
  if (!by)
    return std::move(by.error());
  auto* issuer = by->certificate.get();
  owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  auto x = begin(key.get(), name, valid);
  if (!x || X509_set_issuer_name(x.get(), X509_get_subject_name(issuer)) != 1
      || !make_it_good_for(x.get(), issuer, use, name))
    return openssl_failed();
  return sign(x.get(), by->key.get(), key.get());
}

} // namespace dw
