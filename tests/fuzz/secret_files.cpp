// Tokens, keys, and the files that have them, damaged in any way.

#include "actors/node_proof.hpp"
#include "actors/sealing.hpp"
#include "actors/secret_store.hpp"
#include "main/api/access.hpp"
#include "main/api/token_store.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/text_file.hpp"

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

// The same error whatever the secret was, so none shows it.
void check_hidden(const caf::error& err, const caf::error& of_another) {
  check_error(err);
  require(!err || render(err) == render(of_another),
          "an error does not depend on a secret");
}

void check_token(const std::string& text) {
  auto key = key_of_token(secret{text});
  check_hidden(error_of(key), error_of(key_of_token(secret{"x"})));
  if (key)
    require(text.find(key->id) != std::string::npos && !key->key.empty(),
            "a token has an id and a key");
  is_nonce(text);
  require(!is_proof(text, node_party::node, secret{"key"}, text, text),
          "nobody finds a proof by chance");
}

void check_key(const std::string& text) {
  auto key = sealer::from_text(secret{text}, "the file");
  check_hidden(error_of(key),
               error_of(sealer::from_text(secret{"x"}, "the file")));
  if (!key)
    return;
  auto opened = key->open(key->seal(secret{text}, "it"), "it");
  require(opened && opened->reveal() == text, "what was sealed is opened");
}

void check_sealed(const std::string& text) {
  static const auto key
    = sealer::from_text(secret{std::string(64, '7')}, "the test");
  check_hidden(error_of(key->open(text, "it")), error_of(key->open("x", "it")));
}

void check_token_file(const std::string& text) {
  static text_file file{"tokens"};
  file.set(text);
  api::token_store store{file.path()};
  auto entries = store.list();
  if (is_good(entries))
    for (const auto& x : *entries)
      store.find_by_id(x.id, 0);
  server_request request;
  request.headers = {{"authorization", secret{"Bearer " + text}}};
  require(!api::identify(request, store, 0), "a file is no token");
}

void check_secret_file(const std::string& text) {
  static text_file file{"secrets"};
  file.set(text);
  secret_store store{{file.path(), "/nonexistent"}};
  is_good(store.find("registry docker.io"));
}

using check = void (*)(const std::string&);

constexpr std::array<check, 5> checks{check_token, check_key, check_sealed,
                                      check_token_file, check_secret_file};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  input in{data, size};
  auto f = checks.at(in.choose(checks.size()));
  f(std::string{in.text()});
  return 0;
}
