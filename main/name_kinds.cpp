#include "actors/semver.hpp"
#include "main/scalar_kind.hpp"
#include "main/units.hpp"
#include "messages/error.hpp"
#include "transports/docker_api.hpp"
#include "transports/image_reference.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace dw {

namespace {

constexpr std::array<std::string_view, 3> own_networks{"bridge", "host",
                                                       "none"};

template <class T>
using named_value = std::pair<std::string, T>;

/// One of a few words.
template <class T>
value_kind<T> word_kind(std::vector<named_value<T>> words) {
  std::string expected;
  for (const auto& x : words) {
    if (!expected.empty())
      expected += &x == &words.back() ? " or " : ", ";
    expected += x.first;
  }
  auto parse
    = [words](const std::string& text, std::string&) -> std::optional<T> {
    for (const auto& [name, value] : words)
      if (name == text)
        return value;
    return std::nullopt;
  };
  auto show = [words](const T& value) -> std::string {
    for (const auto& x : words)
      if (x.second == value)
        return x.first;
    return {};
  };
  return scalar_kind<T>(expected, expected, parse, show);
}

/// One of the enumerators `xs`, by the names that the rest of us knows.
template <class Enum>
value_kind<Enum> enum_kind(std::initializer_list<Enum> xs) {
  std::vector<named_value<Enum>> words;
  for (auto x : xs)
    words.emplace_back(to_string(x), x);
  return word_kind(std::move(words));
}

bool is_image_name(const std::string& text, std::string& why) {
  auto reference = parse_image_reference(text);
  if (!reference) {
    why = failure_of(reference.error()).reply;
    return false;
  }
  if (!reference->tag.empty() || !reference->digest.empty()) {
    why = "tag and digest have keys of their own";
    return false;
  }
  return true;
}

bool is_network_name(const std::string& text, std::string& why) {
  auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  if (std::find(own_networks.begin(), own_networks.end(), text)
      != own_networks.end()) {
    why = "on the engine's own networks containers have no names";
    return false;
  }
  auto starts_well
    = !text.empty()
      && std::string_view{"_.-"}.find(text.front()) == std::string_view::npos;
  return starts_well && std::all_of(text.begin(), text.end(), is_allowed);
}

bool is_api_version(const std::string& text, std::string&) {
  if (!text.starts_with("1."))
    return false;
  auto minor = parse_number(std::string_view{text}.substr(2));
  return minor && *minor >= docker::min_api_minor
         && *minor <= docker::max_api_minor;
}

bool is_request_path(const std::string& text, std::string&) {
  auto is_allowed = [](char c) { return c > ' ' && c < 0x7F && c != '#'; };
  return text.starts_with('/')
         && std::all_of(text.begin(), text.end(), is_allowed);
}

bool is_http(const url& x) {
  return x.scheme == "http" || x.scheme == "https";
}

} // namespace

value_kind<std::string>
text_kind(const std::string& name, const std::string& expected) {
  return checked_text_kind(name, expected,
                           [](const std::string& text, std::string& why) {
                             why = "it is empty";
                             return !text.empty();
                           });
}

value_kind<std::string> image_kind() {
  return checked_text_kind(
    "image", "an image without a tag such as registry.example.com/shop",
    is_image_name);
}

value_kind<std::string> tag_kind() {
  return checked_text_kind("tag", "an image's tag such as \"1.4.2\"",
                           [](const std::string& text, std::string&) {
                             return is_image_tag(text);
                           });
}

value_kind<std::string> digest_kind() {
  return checked_text_kind("digest",
                           "\"sha256:\" and 64 lower-case hexadecimal digits",
                           [](const std::string& text, std::string&) {
                             return is_image_digest(text);
                           });
}

value_kind<std::string> network_kind() {
  return checked_text_kind("name", "a network's name such as staging-net",
                           is_network_name);
}

value_kind<std::string> restart_kind() {
  return word_kind<std::string>({
    {"no", "no"},
    {"always", "always"},
    {"unless-stopped", "unless-stopped"},
    {"on-failure", "on-failure"},
  });
}

value_kind<std::string> api_version_kind() {
  auto minor = [](int x) { return "1." + std::to_string(x); };
  return checked_text_kind("version",
                           "an API version from " + minor(docker::min_api_minor)
                             + " to " + minor(docker::max_api_minor),
                           is_api_version);
}

value_kind<std::string> host_kind() {
  return checked_text_kind("host", "a host name or an IP address",
                           [](const std::string& text, std::string&) {
                             return is_host(text) || is_ip_address(text);
                           });
}

value_kind<std::string> ip_address_kind() {
  return checked_text_kind("IP address", "an IP address such as 127.0.0.1",
                           [](const std::string& text, std::string&) {
                             return is_ip_address(text);
                           });
}

value_kind<std::string> request_path_kind() {
  return checked_text_kind("path", "an absolute path such as /healthz",
                           is_request_path);
}

value_kind<std::string> file_path_kind() {
  auto result = text_kind("file", "the path of a file");
  result.read
    = [read = result.read](value_reader& reader, const yaml_value& value,
                           std::string& out) {
        if (!read(reader, value, out))
          return false;
        out = reader.locate(out);
        return true;
      };
  return result;
}

value_kind<url> api_url_kind() {
  auto parse
    = [](const std::string& text, std::string& why) -> std::optional<url> {
    auto x = parse_url(text, why);
    if (!x || !is_http(*x))
      return std::nullopt;
    if (x->path.empty()) {
      why = "it has no path";
      return std::nullopt;
    }
    return x;
  };
  return scalar_kind<url>("URL",
                          "the URL of its API such as "
                          "http://127.0.0.1:81/api",
                          parse, [](const url& x) {
                            return x.host.empty() ? "" : base_url(x) + x.path;
                          });
}

value_kind<std::string> site_url_kind() {
  auto parse = [](const std::string& text,
                  std::string& why) -> std::optional<std::string> {
    auto x = parse_url(text, why);
    if (!x || !is_http(*x))
      return std::nullopt;
    if (!x->path.empty() && x->path != "/") {
      why = "it has a path";
      return std::nullopt;
    }
    return base_url(*x);
  };
  return scalar_kind<std::string>(
    "URL", "http://HOST or https://HOST, perhaps with a port", parse,
    [](const std::string& x) { return x; });
}

value_kind<forward_mode> forward_kind() {
  return enum_kind({forward_mode::host_port, forward_mode::network});
}

value_kind<pull_policy> pull_kind() {
  return enum_kind(
    {pull_policy::always, pull_policy::missing, pull_policy::never});
}

value_kind<deploy_target> target_kind() {
  return enum_kind({deploy_target::container, deploy_target::swarm});
}

value_kind<publish_mode> publish_kind() {
  return enum_kind({publish_mode::ingress, publish_mode::host});
}

value_kind<log_level> log_level_kind() {
  return enum_kind(
    {log_level::error, log_level::warning, log_level::info, log_level::debug});
}

value_kind<log_format> log_format_kind() {
  return enum_kind({log_format::text, log_format::json});
}

value_kind<push_sender> push_sender_kind() {
  auto result = enum_kind({push_sender::registry, push_sender::dockerhub,
                           push_sender::github, push_sender::gitea});
  result.show = [](push_sender) { return ""; };
  return result;
}

value_kind<notification_kind> notification_kind_kind() {
  auto result = enum_kind({notification_kind::webhook, notification_kind::slack,
                           notification_kind::discord, notification_kind::ntfy,
                           notification_kind::command});
  result.show = [](notification_kind) { return ""; };
  return result;
}

value_kind<std::string> registry_host_kind() {
  return checked_text_kind("host",
                           "a registry's host such as registry.example.com",
                           [](const std::string& text, std::string&) {
                             return is_registry_host(text);
                           });
}

value_kind<std::string> tag_pattern_kind() {
  return checked_text_kind(
    "pattern", "a tag or a pattern such as \"v*\"",
    [](const std::string& text, std::string&) {
      constexpr std::string_view special = "_.-*?[]!^";
      return !text.empty()
             && std::all_of(text.begin(), text.end(), [&](char c) {
                  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                         || (c >= '0' && c <= '9')
                         || special.find(c) != std::string_view::npos;
                });
    });
}

value_kind<std::string> version_range_kind() {
  return checked_text_kind("range of versions",
                           "a range of versions such as \">=1.2 <2\"",
                           [](const std::string& text, std::string& why) {
                             return semver_range::parse(text, why).has_value();
                           });
}

value_kind<drift_policy> drift_policy_kind() {
  return enum_kind(
    {drift_policy::repair, drift_policy::report, drift_policy::off});
}

value_kind<rollout_failure> rollout_failure_kind() {
  return enum_kind({rollout_failure::undo, rollout_failure::keep});
}

value_kind<secret> secret_kind() {
  value_kind<secret> result;
  result.name = "secret";
  result.expected = "a secret such as ${NAME} or file:PATH";
  result.show = [](const secret&) { return ""; };
  result.read = [expected = result.expected](
                  value_reader& reader, const yaml_value& value, secret& out) {
    auto text = reader.secret_text(value, expected);
    if (!text)
      return false;
    if (text->empty()) {
      reader.complain(value, "is empty, expected " + expected);
      return false;
    }
    out = secret{std::move(*text)};
    return true;
  };
  return result;
}

value_kind<secret> secret_url_kind() {
  auto result = secret_kind();
  result.name = "secret URL";
  result.expected = "a URL, for secrecy as ${NAME} or file:PATH";
  result.read = [read = result.read](value_reader& reader,
                                     const yaml_value& value, secret& out) {
    secret text;
    if (!read(reader, value, text))
      return false;
    std::string why;
    if (!parse_request_url(text.reveal(), why)) {
      reader.complain(value, "is no URL of http or https: " + why);
      return false;
    }
    out = std::move(text);
    return true;
  };
  return result;
}

} // namespace dw
