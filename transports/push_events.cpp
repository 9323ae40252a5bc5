#include "transports/push_events.hpp"

#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "transports/image_reference.hpp"
#include "transports/json.hpp"
#include "transports/signature.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 4> sender_names{"registry", "dockerhub",
                                                       "github", "gitea"};

// What a push is called if its sender gives it no name of its own.
constexpr size_t max_id = 200;

caf::error refuse(push_sender from, errc code, std::string reply) {
  return make_failure(code, {.operation = "read the push of",
                             .object = to_string(from),
                             .reply = std::move(reply)});
}

/// Collects images that a stage can name.
class images {
public:
  /// @param registry Instead of what the sender says, unless it is empty.
  explicit images(std::string registry) : registry_{std::move(registry)} {
    // nop
  }

  void add(pushed_image x) {
    auto is_digest = x.digest.empty() || is_image_digest(x.digest);
    if (!is_image_tag(x.tag) || !is_digest)
      return;
    const auto& host = registry_.empty() ? x.registry : registry_;
    auto name = parse_image_reference(host + "/" + x.repository);
    if (!name || !name->tag.empty() || !name->digest.empty())
      return;
    x.registry = name->registry;
    x.repository = name->repository;
    if (x.id.size() > max_id)
      x.id.clear();
    found_.push_back(std::move(x));
  }

  std::vector<pushed_image>& found() {
    return found_;
  }

private:
  std::string registry_;
  std::vector<pushed_image> found_;
};

// -- the formats --------------------------------------------------------------

// An envelope of events, also of pulls, layers and manifests without a tag.
void read_registry(const json::value& root, images& out) {
  auto events = root.needed_array("events");
  for (size_t i = 0;
       i < events.size() && out.found().size() <= max_pushed_images; ++i) {
    auto event = events.element(i);
    auto target = event.member("target");
    if (event.text("action") == "push" && target.text("tag") != "")
      out.add({event.member("request").text("host"), target.text("repository"),
               target.text("tag"), target.text("digest"), event.text("id")});
  }
}

void read_dockerhub(const json::value& root, images& out) {
  auto push = root.needed_object("push_data");
  auto name = root.needed_object("repository").needed_text("repo_name");
  auto tag = push.needed_text("tag");
  // The time makes two pushes of a tag two.
  auto id = name + ":" + tag + " " + std::to_string(push.number("pushed_at"));
  out.add({"docker.io", name, tag, {}, std::move(id)});
}

// The name is in no member of its own but in a reference, which may have
// capitals where the account has.
void read_github(const json::value& package, const std::string& id,
                 images& out) {
  if (!boost::iequals(package.text("package_type"), "container"))
    return;
  auto version = package.needed_object("package_version");
  auto tag = version.member("container_metadata").member("tag");
  auto url = boost::to_lower_copy(version.text("package_url"));
  auto end = url.find_first_of(":@", url.find('/'));
  auto slash = url.find('/');
  if (tag.text("name").empty() || slash == std::string::npos)
    return;
  out.add({url.substr(0, slash), url.substr(slash + 1, end - slash - 1),
           tag.text("name"), tag.text("digest"), id});
}

// "shop.example.com" of "https://shop.example.com/team/..".
std::string host_of(const std::string& url) {
  auto begin = url.find("://");
  if (begin == std::string::npos)
    return {};
  begin += 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

// A version without a tag is called by its digest.
void read_gitea(const json::value& root, const std::string& id, images& out) {
  auto package = root.needed_object("package");
  if (package.text("type") != "container" || root.text("action") != "created")
    return;
  auto owner = package.needed_object("owner").needed_text("login");
  out.add({host_of(package.text("html_url")),
           boost::to_lower_copy(owner) + "/" + package.needed_text("name"),
           package.needed_text("version"),
           {},
           id});
}

// What a delivery is called; nothing if it is about something else. Its name
// has to be signed: by another one, whoever has recorded a delivery could have
// it done again. A sender that comes again sends the same body, and so the same
// signature.
struct delivery {
  bool is_push = false;
  std::string id;
};

delivery delivery_of(push_sender from, const server_request& request) {
  auto header = [&request](const char* name) {
    return std::string{request.header(name)};
  };
  switch (from) {
    case push_sender::github: {
      auto event = header("x-github-event");
      return {event == "package" || event == "registry_package",
              header("x-hub-signature-256")};
    }
    case push_sender::gitea:
      return {header("x-gitea-event") == "package",
              header("x-gitea-signature")};
    default:
      return {true, {}};
  }
}

void read_package(const json::value& root, const std::string& id, images& out) {
  auto action = root.text("action");
  if (action != "published" && action != "updated")
    return;
  auto former = root.member("registry_package");
  read_github(former ? former : root.needed_object("package"), id, out);
}

} // namespace

std::string to_string(push_sender x) {
  return enum_name(sender_names, x);
}

bool is_authentic(push_sender from, const server_request& request,
                  const secret& key) {
  switch (from) {
    case push_sender::registry:
      return is_same_secret(request.header("authorization"),
                            "Bearer " + key.reveal());
    case push_sender::dockerhub:
      return is_same_secret(request.parameter("secret").value_or(""),
                            key.reveal());
    case push_sender::github:
      return is_same_secret(request.header("x-hub-signature-256"),
                            "sha256=" + hmac_sha256_hex(key, request.body));
    case push_sender::gitea:
      return is_same_secret(request.header("x-gitea-signature"),
                            hmac_sha256_hex(key, request.body));
  }
  return false;
}

caf::expected<std::vector<pushed_image>>
read_pushed_images(push_sender from, const server_request& request,
                   const std::string& registry) {
  images result{registry};
  auto [is_push, id] = delivery_of(from, request);
  if (!is_push)
    return std::vector<pushed_image>{};
  json::document document{request.body};
  auto root = document.root();
  if (document.ok() && !root.is_object())
    document.fail("it is no object");
  if (document.ok()) {
    if (from == push_sender::registry)
      read_registry(root, result);
    else if (from == push_sender::dockerhub)
      read_dockerhub(root, result);
    else if (from == push_sender::github)
      read_package(root, id, result);
    else
      read_gitea(root, id, result);
  }
  if (!document.ok())
    return refuse(from, document.code(), document.problem());
  if (result.found().size() > max_pushed_images)
    return refuse(from, errc::too_large,
                  "it tells of more than " + std::to_string(max_pushed_images)
                    + " images");
  return std::move(result.found());
}

} // namespace dw
