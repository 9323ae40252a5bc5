#include "tests/support/npm_standin/rsa_key.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdexcept>

namespace npm_standin {

namespace {

struct deleter {
  void operator()(BIO* x) const {
    BIO_free(x);
  }
  void operator()(EVP_MD_CTX* x) const {
    EVP_MD_CTX_free(x);
  }
};

const unsigned char* bytes_of(std::string_view x) {
  return reinterpret_cast<const unsigned char*>(x.data());
}

} // namespace

rsa_key::rsa_key(evp_pkey_st* key) : key_(key, EVP_PKEY_free) {
  if (key == nullptr)
    throw std::runtime_error{"no usable RSA key"};
}

rsa_key rsa_key::generate() {
  constexpr std::size_t bits = 2048;
  return rsa_key{EVP_RSA_gen(bits)};
}

rsa_key rsa_key::from_pem(const std::string& text) {
  std::unique_ptr<BIO, deleter> in{
    BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  return rsa_key{PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr)};
}

std::string rsa_key::pem() const {
  std::unique_ptr<BIO, deleter> out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                           nullptr);
  const char* data = nullptr;
  auto size = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string rsa_key::sign(std::string_view bytes) const {
  std::unique_ptr<EVP_MD_CTX, deleter> context{EVP_MD_CTX_new()};
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())),
                  '\0');
  auto size = out.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                         key_.get())
        != 1
      || EVP_DigestSign(context.get(),
                        reinterpret_cast<unsigned char*>(out.data()), &size,
                        bytes_of(bytes), bytes.size())
           != 1)
    throw std::runtime_error{"cannot sign"};
  out.resize(size);
  return out;
}

bool rsa_key::has_signed(std::string_view bytes,
                         std::string_view signature) const {
  std::unique_ptr<EVP_MD_CTX, deleter> context{EVP_MD_CTX_new()};
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                              key_.get())
           == 1
         && EVP_DigestVerify(context.get(), bytes_of(signature),
                             signature.size(), bytes_of(bytes), bytes.size())
              == 1;
}

} // namespace npm_standin
