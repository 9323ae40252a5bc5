#pragma once

#include "main/json_lines.hpp"
#include "messages/error.hpp"
#include "transports/json.hpp"
#include "transports/text.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// What the fuzz targets have in common. Each target is a file that defines
// `LLVMFuzzerTestOneInput`: it hands bytes of strangers to our code and checks
// what must hold for any bytes. libFuzzer looks for bytes that crash it.

namespace dw::fuzz {

/// Crashes unless something holds. @param what It, as a sentence.
inline void require(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "it does not hold that %s\n", what);
  std::abort();
}

/// The same for two texts that have to be one, which it shows if they are not.
inline void
require_same(const std::string& x, const std::string& y, const char* what) {
  if (x != y)
    std::fprintf(stderr, "<<<<\n%s\n====\n%s\n>>>>\n", x.c_str(), y.c_str());
  require(x == y, what);
}

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// The bytes of one run: a text, and behind it the choices what to do with it.
/// So any recorded text is an input.
class input {
public:
  input(const uint8_t* data, size_t size) : rest_{text_of(data, size)} {
    // nop
  }

  /// Takes the last byte, as a number below `count`; 0 if there is none left.
  size_t choose(size_t count) {
    if (rest_.empty())
      return 0;
    auto last = static_cast<unsigned char>(rest_.back());
    rest_.remove_suffix(1);
    return last % count;
  }

  /// What is not taken yet.
  std::string_view text() const noexcept {
    return rest_;
  }

private:
  std::string_view rest_;
};

/// Cuts a text into pieces. @param seed How; 0 is into single bytes.
inline std::vector<std::string_view> cut(std::string_view text, size_t seed) {
  std::vector<std::string_view> result;
  uint64_t state = seed;
  while (!text.empty()) {
    state = state * 6364136223846793005U + seed; // Knuth's MMIX generator
    result.push_back(text.substr(0, 1 + (state >> 33) % (1 + 2 * seed)));
    text.remove_prefix(result.back().size());
  }
  return result;
}

/// What holds for any error: it says something, and can be told to programs.
inline void check_error(const caf::error& err) {
  if (!err)
    return;
  require(!failure_of(err).operation.empty() || !failure_of(err).object.empty(),
          "an error says what was attempted");
  require(!failure_of(err).reply.empty() || failure_of(err).status != 0,
          "an error says why");
  json::document told{to_json(err)};
  require(told.ok(), "an error can be told as JSON");
}

inline caf::error error_of(const caf::error& x) {
  return x;
}

template <class T>
caf::error error_of(const caf::expected<T>& x) {
  return x ? caf::error{} : x.error();
}

/// Checks the error of a result, if it is one. @returns whether it is none.
template <class Result>
bool is_good(const Result& x) {
  check_error(error_of(x));
  return !error_of(x);
}

/// Feeds a decoder of ours with pieces until it fails.
/// @param out Gets what comes. @returns why it failed, if it did.
template <class Decoder, class T>
caf::error
feed_all(Decoder& decoder, const std::vector<std::string_view>& pieces,
         std::vector<T>& out) {
  for (auto x : pieces) {
    auto more = decoder.feed(x);
    if (!is_good(more))
      return more.error();
    out.insert(out.end(), more->begin(), more->end());
  }
  return caf::none;
}

} // namespace dw::fuzz
