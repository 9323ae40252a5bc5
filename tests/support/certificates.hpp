#pragma once

#include "messages/http.hpp"
#include "tests/support/temp_directory.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace dw::test {

/// An authority with its certificates, made by the openssl command line.
class certificates {
public:
  certificates() {
    openssl("req -x509 -days 2 -subj /CN=authority " + new_key("ca"));
    issue("server", "DNS:localhost");
    issue("client", "DNS:client");
  }

  std::string file(const std::string& name) const {
    return dir_.path(name);
  }

  /// What a client needs to be let in.
  tls_files client() const {
    return {file("ca.pem"), file("client.pem"), file("client.key")};
  }

  /// What a client needs to trust the server.
  tls_files anonymous() const {
    return {file("ca.pem"), {}, {}};
  }

private:
  /// Makes NAME.pem and NAME.key.
  void issue(const std::string& name, const std::string& subject) {
    openssl("req -x509 -days 2 -subj /CN=" + name + " -CA " + file("ca.pem")
            + " -CAkey " + file("ca.key") + " -addext subjectAltName=" + subject
            + " -addext basicConstraints=critical,CA:false " + new_key(name));
  }

  std::string new_key(const std::string& name) const {
    return "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "
           + file(name + ".key") + " -out " + file(name + ".pem");
  }

  void openssl(const std::string& arguments) const {
    auto command = "openssl " + arguments + " 2> " + file("log");
    if (std::system(command.c_str()) != 0)
      throw std::runtime_error{"failed: " + command};
  }

  temp_directory dir_;
};

} // namespace dw::test
