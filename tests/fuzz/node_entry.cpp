// The entry of a node: nobody gets in who does not know a token, whatever he
// says in whatever order.

#include "actors/node_access.hpp"
#include "actors/node_proof.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <spdlog/spdlog.h>

using namespace dw;
using namespace dw::fuzz;

namespace {

constexpr auto token_id = "0123abcd";
const secret token_hash{std::string(64, 'e')};

caf::optional<node_client> find_client(const std::string& id) {
  if (id == token_id)
    return node_client{"ci", token_hash, node_right::remove};
  return caf::none;
}

std::string take(std::string_view& text, size_t size) {
  std::string result{text.substr(0, size)};
  text.remove_prefix(result.size());
  return result;
}

/// Somebody who says what the input says, or repeats what he was told.
class stranger {
public:
  explicit stranger(std::string_view script) : script_{script} {
    // nop
  }

  void talk() {
    while (!script_.empty()) {
      auto step = take(script_, 1).front();
      if (step == 'h')
        greet();
      else if (step == 'l')
        log_in();
      else if (step == 'p')
        show_pass();
      else
        now_ += std::chrono::seconds{step & 7};
    }
  }

private:
  // Before the next zero.
  std::string word() {
    auto result = take(script_, script_.find('\0'));
    take(script_, 1);
    return result == "*" ? heard_ : result == "!" ? proof_ : result;
  }

  void greet() {
    auto id = word();
    node_hello hello{id, word(), word()};
    auto answer = access_.greet(hello, now_);
    if (!is_good(answer))
      return;
    require(id == token_id && is_nonce(hello.nonce),
            "only who names a token and a nonce is answered");
    require(is_proof(answer->proof, node_party::node, token_hash, hello.nonce,
                     answer->nonce),
            "a node proves that it knows the token");
    heard_ = answer->nonce;
    proof_ = answer->proof;
  }

  void log_in() {
    node_login login{word(), word()};
    require(!is_good(access_.admit(login, {}, now_)),
            "nobody gets in without the token");
  }

  void show_pass() {
    node_pass pass{secret{word()}};
    require(!is_good(access_.check(pass, node_right::look)),
            "nobody finds a pass");
  }

  std::string_view script_;
  node_access access_{"node", find_client};
  node_access::time_point now_;
  std::string heard_;
  std::string proof_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto is_quiet = [] {
    spdlog::set_level(spdlog::level::off);
    return true;
  }();
  require(is_quiet, "it is quiet");
  stranger{text_of(data, size)}.talk();
  return 0;
}
