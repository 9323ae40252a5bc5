#include "messages/secret.hpp"

#include <boost/test/unit_test.hpp>

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

using dw::secret;

namespace {

constexpr std::string_view long_text = "correct horse battery staple";
constexpr std::string_view short_text = "hunter2!";

/// Whether some memory was given back with the long text in it.
bool has_leaked = false;

// Not the text itself, which the compiler could put anywhere.
bool contains(const void* memory, size_t size, std::string_view text) {
  return memory != nullptr
         && ::memmem(memory, size, text.data(), text.size()) != nullptr;
}

} // namespace

// Those of the whole test, which look at what is given back.

void* operator new(size_t size) {
  if (auto* result = std::malloc(size))
    return result;
  throw std::bad_alloc{};
}

void operator delete(void* memory) noexcept {
  has_leaked
    = has_leaked || contains(memory, ::malloc_usable_size(memory), long_text);
  std::free(memory);
}

// GCC calls this one where it knows the size, Clang does not.
void operator delete(void* memory, size_t) noexcept {
  operator delete(memory);
}

namespace {

struct fixture {
  fixture() {
    has_leaked = false;
  }

  /// A text of which nobody else has a copy.
  static secret make(std::string_view text) {
    return secret{std::string{text}};
  }

  /// Whether an object at `memory` leaves the short text there.
  bool leaves_short_text() const {
    return contains(memory, sizeof memory, short_text);
  }

  alignas(secret) unsigned char memory[sizeof(secret)] = {};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(secrets, fixture)

BOOST_AUTO_TEST_CASE(memory_that_has_a_text_in_it_is_noticed) {
  {
    std::string text{long_text};
    text += '!';
  }
  BOOST_TEST(has_leaked);
}

BOOST_AUTO_TEST_CASE(a_long_secret_is_overwritten_at_its_end) {
  {
    auto x = make(long_text);
    BOOST_TEST(x.reveal() == long_text);
  }
  BOOST_TEST(!has_leaked);
}

BOOST_AUTO_TEST_CASE(a_secret_that_is_replaced_is_overwritten) {
  {
    auto x = make(long_text);
    auto y = make("another one, which is longer than that");
    x = y;
    BOOST_TEST((x == y));
    x = make(long_text);
    x = make("");
    BOOST_TEST(x.empty());
  }
  BOOST_TEST(!has_leaked);
}

BOOST_AUTO_TEST_CASE(a_short_secret_is_overwritten_at_its_end) {
  auto* x = new (memory) secret{std::string{short_text}};
  BOOST_TEST(x->reveal() == short_text);
  BOOST_TEST(leaves_short_text());
  std::destroy_at(x);
  BOOST_TEST(!leaves_short_text());
}

BOOST_AUTO_TEST_CASE(a_short_secret_that_was_moved_is_overwritten) {
  auto* x = new (memory) secret{std::string{short_text}};
  auto y = std::move(*x);
  BOOST_TEST(y.reveal() == short_text);
  std::destroy_at(x);
  BOOST_TEST(!leaves_short_text());
}

BOOST_AUTO_TEST_CASE(a_text_is_wiped_with_what_a_longer_one_has_left) {
  std::string text{long_text};
  text = "x";
  dw::wipe(text);
  BOOST_TEST(text.empty());
  text.resize(long_text.size());
  BOOST_TEST(text.find("horse") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
