// Configuration files, of any content.

#include "main/configuration.hpp"

#include "actors/journal_text.hpp"
#include "actors/validate_spec.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/text_file.hpp"

#include <algorithm>
#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

constexpr auto password = "hidden-6d1f0c";

std::optional<std::string> value_of(const std::string& name) {
  if (name == "PASSWORD")
    return password;
  return std::nullopt;
}

// Addresses and paths are shown as they are used, with what variables have.
bool is_of_secret(std::string_view problem) {
  constexpr std::array keys{
    "password: ", "secret: ", "token: ", "url: ", ".env."};
  return std::any_of(keys.begin(), keys.end(), [&](const char* key) {
    return problem.find(key) != std::string_view::npos;
  });
}

/// @returns what is wrong, or an empty text.
template <class Result>
std::string problems(const Result& x, const std::string& path) {
  if (is_good(x))
    return {};
  auto text = failure_of(x.error()).reply;
  // A file that cannot be read has no problems of its own.
  if (!failure_of(x.error()).object.empty())
    return text;
  for (std::string_view rest = text; !rest.empty();) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    require(line.starts_with(path), "each problem names the file");
    require(!is_of_secret(line) || line.find(password) == line.npos,
            "no problem of a secret shows it");
  }
  return text;
}

void check_stage(const deploy_spec& x) {
  auto again = read_spec(write_spec(x));
  require(is_good(again), "the journal can read a stage that was configured");
  again->env = x.env;
  require(*again == x, "it reads the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Where the file itself says it, it is no secret.
  if (text_of(data, size).find(password) != std::string_view::npos)
    return 0;
  static text_file file{"configuration"};
  file.set(text_of(data, size));
  auto path = file.path();
  auto first = load_configuration(path, value_of);
  auto second = load_configuration(path, value_of);
  require_same(problems(first, path), problems(second, path),
               "a file means the same twice");
  if (first)
    for (const auto& x : first->stages)
      check_stage(x);
  problems(load_node_configuration(path, value_of), path);
  problems(load_client_settings(path, value_of), path);
  problems(load_proxy_address(path, value_of), path);
  return 0;
}
