#include "transports/image_reference.hpp"

#include "messages/error.hpp"
#include "transports/hex.hpp"
#include "transports/text.hpp"

#include <algorithm>
#include <string_view>

namespace dw {

namespace {

constexpr std::string_view docker_hub = "docker.io";
constexpr std::string_view official = "library/";
constexpr size_t max_name = 255;
constexpr size_t max_tag = 128;
constexpr size_t sha256_digits = 64;

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alnum(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z') || is_digit(c);
}

bool is_sha256(std::string_view text) {
  return text.size() == sha256_digits && is_hex(text);
}

/// Cuts `text` at the first `mark`: returns what is before it, leaves what is
/// behind it. Without a mark all of the text is before it.
std::string_view cut(std::string_view& text, char mark) {
  auto end = std::min(text.find(mark), text.size());
  auto result = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return result;
}

bool is_separator(std::string_view text) {
  return text == "." || text == "_" || text == "__"
         || text.find_first_not_of('-') == std::string_view::npos;
}

/// `[a-z0-9]+` joined by ".", "_", "__" or any number of "-".
bool is_path_component(std::string_view text) {
  auto is_word = [](char c) { return is_lower(c) || is_digit(c); };
  if (text.empty() || !is_word(text.front()) || !is_word(text.back()))
    return false;
  for (auto i = text.begin(); i != text.end();) {
    auto gap = std::find_if_not(i, text.end(), is_word);
    i = std::find_if(gap, text.end(), is_word);
    if (gap != i && !is_separator({gap, i}))
      return false;
  }
  return true;
}

bool is_path(std::string_view text) {
  if (text.empty() || text.back() == '/')
    return false;
  while (!text.empty())
    if (!is_path_component(cut(text, '/')))
      return false;
  return true;
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-'
         && std::all_of(text.begin(), text.end(),
                        [](char c) { return is_alnum(c) || c == '-'; });
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5
      || !std::all_of(text.begin(), text.end(), is_digit))
    return false;
  auto number = std::stoul(std::string{text});
  return number > 0 && number <= 65535;
}

/// A host name or IPv4 address with an optional port. Engine 20.10 takes no
/// IPv6 address here.
bool is_registry(std::string_view text) {
  auto has_port = text.find(':') != std::string_view::npos;
  auto host = cut(text, ':');
  if ((has_port && !is_port(text)) || host.empty() || host.back() == '.')
    return false;
  while (!host.empty())
    if (!is_host_label(cut(host, '.')))
      return false;
  return true;
}

/// Whether the first element of a name is a host and not part of the path.
bool looks_like_registry(std::string_view text) {
  return text == "localhost"
         || text.find_first_of(".:") != std::string_view::npos;
}

/// Fills in all that follows from the name. Answers with what is wrong.
const char* read_name(std::string_view name, image_reference& out) {
  auto path = name;
  auto slash = name.find('/');
  out.registry = docker_hub;
  if (slash != std::string_view::npos
      && looks_like_registry(name.substr(0, slash))) {
    out.registry = cut(path, '/');
    if (!is_registry(out.registry))
      return "the registry is not a host name or IPv4 address with an optional "
             "port";
    if (out.registry == "index.docker.io")
      out.registry = docker_hub;
  }
  if (path.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
      != std::string_view::npos)
    return "the repository must be in lower case";
  if (!is_path(path))
    return "the repository is not made of letters and digits, joined by single "
           "dots, slashes, underscores or dashes";
  out.repository = path;
  out.name = path;
  if (out.registry == docker_hub) {
    if (path.find('/') == std::string_view::npos)
      out.repository.insert(0, official);
    else if (path.starts_with(official)
             && path.find('/', official.size()) == std::string_view::npos)
      out.name = path.substr(official.size());
  } else {
    out.name.insert(0, out.registry + "/");
  }
  if (out.registry.size() + 1 + out.repository.size() > max_name)
    return "the name is longer than 255 characters";
  return nullptr;
}

const char* read_reference(std::string_view text, image_reference& out) {
  if (text.empty())
    return "it is empty";
  if (is_sha256(text) || is_image_digest(std::string{text}))
    return "this is an image's id, not its name";
  if (auto at = text.find('@'); at != std::string_view::npos) {
    out.digest = text.substr(at + 1);
    if (!is_image_digest(out.digest))
      return "the digest is not \"sha256:\" and 64 lower-case hex digits";
    text = text.substr(0, at);
  }
  auto colon = text.rfind(':');
  auto slash = text.rfind('/');
  if (colon != std::string_view::npos
      && (slash == std::string_view::npos || colon > slash)) {
    out.tag = text.substr(colon + 1);
    if (!is_image_tag(out.tag))
      return "the tag is not 1 to 128 letters, digits, underscores, dots and "
             "dashes, not beginning with a dot or dash";
    text = text.substr(0, colon);
  }
  return read_name(text, out);
}

} // namespace

caf::expected<image_reference> parse_image_reference(const std::string& text) {
  image_reference result;
  if (const auto* problem = read_reference(text, result))
    return make_failure(errc::invalid_argument,
                        {.operation = "read image reference",
                         .object = clean_text(text, max_name),
                         .reply = problem,
                         .hint = "Write it like "
                                 "\"registry.example.com/team/app:1.2\"."});
  return result;
}

bool is_registry_host(const std::string& host) {
  auto reference = parse_image_reference(host + "/image");
  return reference && reference->registry == host;
}

std::string to_string(const image_reference& x) {
  auto result = x.name;
  if (!x.tag.empty())
    result += ":" + x.tag;
  if (!x.digest.empty())
    result += "@" + x.digest;
  if (x.tag.empty() && x.digest.empty())
    result += ":latest";
  return result;
}

bool is_image_tag(const std::string& tag) {
  auto is_word = [](char c) { return is_alnum(c) || c == '_'; };
  return !tag.empty() && tag.size() <= max_tag && is_word(tag.front())
         && std::all_of(tag.begin(), tag.end(), [&](char c) {
              return is_word(c) || c == '.' || c == '-';
            });
}

bool is_image_digest(const std::string& digest) {
  constexpr std::string_view prefix = "sha256:";
  return digest.starts_with(prefix)
         && is_sha256(std::string_view{digest}.substr(prefix.size()));
}

} // namespace dw
