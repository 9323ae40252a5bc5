#include "transports/base64.hpp"
#include "transports/docker_cli_config.hpp"
#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"
#include "transports/image_reference.hpp"
#include "transports/text.hpp"

#include <algorithm>

namespace dw::docker {

namespace {

constexpr std::chrono::seconds pull_first_byte{180};

/// While the engine retries a layer it reports every second, so that silence
/// means a registry that stalls.
constexpr std::chrono::seconds pull_idle{120};

/// The engine answers when the registry has.
constexpr std::chrono::seconds registry_time{30};

/// "os/arch[/variant]".
bool is_platform(std::string_view text) {
  size_t parts = 0;
  for (auto more = true; more; ++parts) {
    auto end = std::min(text.find('/'), text.size());
    auto part = text.substr(0, end);
    if (part.empty()
        || part.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-")
             != std::string_view::npos)
      return false;
    more = end < text.size();
    text.remove_prefix(more ? end + 1 : end);
  }
  return parts == 2 || parts == 3;
}

/// The same error as of another operation.
caf::error within(std::string_view operation, const caf::error& err) {
  return with_failure(err, [&](failure& x) { x.operation = operation; });
}

/// An image id, or a reference with what it lacks. All of its characters stand
/// for themselves in a path.
caf::expected<std::string>
name_in_path(std::string_view operation, const std::string& reference) {
  if (is_image_digest(reference))
    return reference;
  auto image = parse_image_reference(reference);
  if (!image)
    return within(operation, image.error());
  return to_string(*image);
}

void add_login(http_request& request, const std::string& registry,
               const caf::optional<registry_credentials>& credentials) {
  if (credentials)
    request.headers.push_back(
      {"X-Registry-Auth", encode_registry_auth(*credentials, registry)});
}

} // namespace

caf::expected<http_request>
pull(const std::string& reference, const std::string& platform,
     const caf::optional<registry_credentials>& credentials) {
  auto image = parse_image_reference(reference);
  if (!image)
    return within(operation::pull, image.error());
  if (!platform.empty() && !is_platform(platform))
    return bad_argument(operation::pull, reference,
                        "the platform is not written as os/arch[/variant]");
  auto version = !image->digest.empty() ? image->digest
                 : !image->tag.empty()  ? image->tag
                                        : "latest";
  auto target = "/images/create?fromImage=" + percent_encode(image->name)
                + "&tag=" + percent_encode(version);
  if (!platform.empty())
    target += "&platform=" + percent_encode(platform);
  auto result = make_request(operation::pull, reference, http_method::post,
                             std::move(target), {});
  result.deadlines = endless(pull_first_byte);
  result.deadlines.idle = pull_idle;
  add_login(result, image->registry, credentials);
  return result;
}

secret encode_registry_auth(const registry_credentials& credentials,
                            const std::string& registry) {
  json::writer json;
  json.begin_object();
  if (!credentials.username.empty())
    json.text("username", credentials.username);
  if (!credentials.identity_token.empty())
    json.text("identitytoken", credentials.identity_token.reveal());
  else
    json.text("password", credentials.password.reveal());
  json.text("serveraddress", credential_server(registry)).end_object();
  return secret{encode_base64url(json.str())};
}

http_request check_login(const registry_credentials& credentials,
                         const std::string& registry) {
  json::writer body;
  body.begin_object()
    .text("username", credentials.username)
    .text("password", credentials.password.reveal())
    .text("serveraddress", credential_server(registry))
    .end_object();
  auto result = make_request(operation::check_login, registry,
                             http_method::post, "/auth", registry_time);
  set_body(result, body);
  return result;
}

caf::expected<secret> parse_login(const http_response& response) {
  if (response.status == 204)
    return secret{};
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  secret token{doc.root().text("IdentityToken")};
  if (!doc.ok())
    return unreadable(response, doc);
  return token;
}

caf::expected<http_request> inspect_image(const std::string& reference) {
  auto name = name_in_path(operation::inspect_image, reference);
  if (!name)
    return std::move(name.error());
  return make_request(operation::inspect_image, reference, http_method::get,
                      "/images/" + *name + "/json", query_time);
}

caf::expected<http_request> remove_image(const std::string& reference) {
  auto name = name_in_path(operation::remove_image, reference);
  if (!name)
    return std::move(name.error());
  return make_request(operation::remove_image, reference, http_method::del,
                      "/images/" + *name + "?noprune=1", change_time);
}

caf::expected<image_info> parse_image(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  auto config = root.member("Config");
  image_info result;
  result.id = root.needed_text("Id");
  result.repo_tags = root.texts("RepoTags");
  result.repo_digests = root.texts("RepoDigests");
  auto ports = config.member("ExposedPorts");
  if (ports.is_object())
    for (size_t i = 0; i < ports.size(); ++i)
      result.exposed_ports.push_back(ports.key(i));
  std::sort(result.exposed_ports.begin(), result.exposed_ports.end());
  result.healthcheck = read_health_check(config.member("Healthcheck"));
  result.labels = config.text_map("Labels");
  result.env = config.texts("Env");
  result.size
    = static_cast<uint64_t>(std::max<int64_t>(root.number("Size"), 0));
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

std::string digest_of(const image_info& image, const std::string& repository) {
  auto reference = parse_image_reference(repository);
  auto prefix = (reference ? reference->name : repository) + "@";
  for (const auto& x : image.repo_digests)
    if (x.starts_with(prefix))
      return x.substr(prefix.size());
  return {};
}

caf::expected<http_request>
find_digest(const std::string& reference,
            const caf::optional<registry_credentials>& credentials) {
  auto image = parse_image_reference(reference);
  if (!image)
    return within(operation::find_digest, image.error());
  auto result
    = make_request(operation::find_digest, reference, http_method::get,
                   "/distribution/" + to_string(*image) + "/json",
                   registry_time);
  add_login(result, image->registry, credentials);
  return result;
}

caf::expected<found_digest> parse_digest(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  found_digest result;
  result.digest = doc.root().needed_object("Descriptor").needed_text("digest");
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

} // namespace dw::docker
