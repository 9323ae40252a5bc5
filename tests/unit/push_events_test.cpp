#include "transports/push_events.hpp"

#include "messages/error.hpp"
#include "transports/signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

const secret key{"the secret"};

const std::string digest = "sha256:" + std::string(64, 'a');

server_request with_body(std::string body) {
  server_request result;
  result.method = "POST";
  result.body = std::move(body);
  return result;
}

server_request with_event(const std::string& name, const std::string& event,
                          std::string body) {
  auto result = with_body(std::move(body));
  result.headers = {{"x-" + name + "-event", secret{event}},
                    {"x-" + name + "-delivery", secret{"d-1"}},
                    {"x-hub-signature-256", secret{"signed"}},
                    {"x-gitea-signature", secret{"signed"}}};
  return result;
}

std::vector<pushed_image> images(push_sender from, const server_request& x,
                                 const std::string& registry = {}) {
  auto result = read_pushed_images(from, x, registry);
  if (!result)
    BOOST_FAIL("failed: " << render(result.error()));
  return *result;
}

std::string problem(push_sender from, const server_request& x,
                    errc code = errc::bad_reply) {
  auto result = read_pushed_images(from, x);
  BOOST_REQUIRE_MESSAGE(!result, x.body.substr(0, 100));
  BOOST_TEST(to_string(code_of(result.error())) == to_string(code));
  return failure_of(result.error()).reply;
}

std::string registry_event(const std::string& id, const std::string& action,
                           const std::string& target) {
  return R"({"id":")" + id + R"(","timestamp":"2026-01-02T03:04:05Z",)"
         + R"("action":")" + action + R"(","target":)" + target
         + R"(,"request":{"id":"r","addr":"192.0.2.1:4711",)"
           R"("host":"registry.example.com:5000","method":"PUT",)"
           R"("useragent":"docker"},"actor":{},"source":{"addr":"r:5000"}})";
}

std::string target(const std::string& repository, const std::string& tag) {
  return R"({"mediaType":)"
         R"("application/vnd.docker.distribution.manifest.v2+json",)"
         R"("size":527,"length":527,"digest":")"
         + digest + R"(","repository":")" + repository
         + R"(","url":"http://x/v2/y")"
         + (tag.empty() ? "" : R"(,"tag":")" + tag + "\"") + "}";
}

std::string envelope(const std::vector<std::string>& events) {
  std::string result;
  for (const auto& x : events)
    result += (result.empty() ? "" : ",") + x;
  return R"({"events":[)" + result + "]}";
}

std::string github_body(const std::string& member, const std::string& action,
                        const std::string& tag) {
  return R"({"action":")" + action + R"(",")" + member
         + R"(":{"id":1,"name":"shop","namespace":"Team",)"
           R"("ecosystem":"CONTAINER","package_type":"CONTAINER",)"
           R"("owner":{"login":"Team"},"package_version":{"id":2,)"
           R"("version":"sha256:0","name":"sha256:0",)"
           R"("package_url":"cr.example.com/Team/shop:)"
         + tag + R"(","container_metadata":{"tag":{"name":")" + tag
         + R"(","digest":")" + digest
         + R"("},"labels":{},"manifest":{}}}},"sender":{"login":"anna"}})";
}

std::string gitea_body(const std::string& action, const std::string& type,
                       const std::string& version) {
  return R"({"action":")" + action
         + R"(","package":{"id":3,"owner":{"id":1,"login":"Team"},)"
           R"("repository":null,"creator":{"login":"anna"},"type":")"
         + type + R"(","name":"shop/web","version":")" + version
         + R"(","html_url":"https://gitea.example.com:3000/Team/-/packages/)"
           R"(container/shop%2Fweb/1","created_at":"2026-01-02T03:04:05Z"},)"
           R"("sender":{"login":"anna"}})";
}

std::string hub_body(const std::string& name, const std::string& tag) {
  return R"({"callback_url":"https://example.com/hook","push_data":)"
         R"({"pushed_at":1767323045,"pusher":"anna","tag":")"
         + tag
         + R"("},"repository":{"name":"shop","namespace":"team",)"
           R"("owner":"team","is_private":true,"repo_name":")"
         + name + R"(","status":"Active"}})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(push_events)

// -- a registry ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_registry_tells_of_tagged_manifests) {
  auto x = with_body(
    envelope({registry_event("e-1", "push", target("shop", "")),
              registry_event("e-2", "push", target("team/shop", "v2")),
              registry_event("e-3", "pull", target("team/shop", "v2")),
              registry_event("e-4", "mount", target("shop", "")),
              registry_event("e-5", "delete", R"({"repository":"shop"})")}));
  auto found = images(push_sender::registry, x);
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST((found.front()
              == pushed_image{"registry.example.com:5000", "team/shop", "v2",
                              digest, "e-2"}));
}

BOOST_AUTO_TEST_CASE(a_registry_may_have_another_name_for_stages) {
  auto x = with_body(
    envelope({registry_event("e-1", "push", target("shop", "v1"))}));
  auto found = images(push_sender::registry, x, "hub.example.com");
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found.front().registry == "hub.example.com");
}

BOOST_AUTO_TEST_CASE(events_that_name_no_image_are_passed_over) {
  auto x
    = with_body(envelope({"7", "null", "[]", "{}", R"({"action":"push"})",
                          R"({"action":"push","target":[]})",
                          R"({"action":"push","target":{"tag":"v1"}})",
                          registry_event("e", "push", target("UPPER", "v1")),
                          registry_event("e", "push", target("a:b", "v1")),
                          registry_event("e", "push", target("../a", "v1")),
                          registry_event("e", "push", target("shop", "-x")),
                          registry_event("e", "push",
                                         R"({"repository":"shop","tag":"v1",)"
                                         R"("digest":"md5:1"})")}));
  BOOST_TEST(images(push_sender::registry, x).empty());
}

BOOST_AUTO_TEST_CASE(an_endless_id_is_none) {
  auto x = with_body(envelope(
    {registry_event(std::string(5000, 'x'), "push", target("shop", "v1"))}));
  BOOST_TEST(images(push_sender::registry, x).front().id == "");
}

BOOST_AUTO_TEST_CASE(too_many_images_are_refused) {
  auto event = registry_event("e", "push", target("shop", "v1"));
  std::vector<std::string> events(max_pushed_images, event);
  BOOST_TEST(images(push_sender::registry, with_body(envelope(events))).size()
             == max_pushed_images);
  events.push_back(event);
  BOOST_TEST(
    problem(push_sender::registry, with_body(envelope(events)), errc::too_large)
    == "it tells of more than 100 images");
}

// -- Docker Hub ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(docker_hub_tells_of_a_tag) {
  auto found
    = images(push_sender::dockerhub, with_body(hub_body("team/shop", "v2")));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST((found.front()
              == pushed_image{"docker.io", "team/shop", "v2", "",
                              "team/shop:v2 1767323045"}));
  found = images(push_sender::dockerhub, with_body(hub_body("shop", "v2")));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found.front().repository == "library/shop");
}

// -- GitHub -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(github_tells_of_packages_under_both_names) {
  for (const std::string name : {"package", "registry_package"}) {
    auto x = with_event("github", name, github_body(name, "published", "v2"));
    auto found = images(push_sender::github, x);
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_TEST(
      (found.front()
       == pushed_image{"cr.example.com", "team/shop", "v2", digest, "signed"}));
  }
}

BOOST_AUTO_TEST_CASE(github_tells_of_much_else) {
  auto count = [](const std::string& event, const std::string& body) {
    return images(push_sender::github, with_event("github", event, body))
      .size();
  };
  BOOST_TEST(count("ping", R"({"zen":"x"})") == 0u);
  BOOST_TEST(count("push", "[") == 0u);
  BOOST_TEST(count("package", github_body("package", "deleted", "v2")) == 0u);
  BOOST_TEST(count("package", github_body("package", "updated", "v2")) == 1u);
  BOOST_TEST(count("package", github_body("package", "published", "")) == 0u);
  BOOST_TEST(count("package", R"({"action":"published","package":)"
                              R"({"package_type":"npm"}})")
             == 0u);
}

// -- Gitea --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(gitea_tells_of_packages) {
  auto found = images(push_sender::gitea,
                      with_event("gitea", "package",
                                 gitea_body("created", "container", "v2")));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST((found.front()
              == pushed_image{"gitea.example.com:3000", "team/shop/web", "v2",
                              "", "signed"}));
}

BOOST_AUTO_TEST_CASE(gitea_tells_of_much_else) {
  auto count = [](const std::string& event, const std::string& body) {
    return images(push_sender::gitea, with_event("gitea", event, body)).size();
  };
  BOOST_TEST(count("push", "[") == 0u);
  BOOST_TEST(count("package", gitea_body("deleted", "container", "v2")) == 0u);
  BOOST_TEST(count("package", gitea_body("created", "npm", "v2")) == 0u);
  BOOST_TEST(count("package", gitea_body("created", "container", digest))
             == 0u);
}

// -- what is none of theirs ---------------------------------------------------

BOOST_AUTO_TEST_CASE(what_the_sender_does_not_send_is_refused) {
  for (const auto* body : {"", "[", "[]", "7", "{}", R"({"events":{}})"})
    problem(push_sender::registry, with_body(body));
  for (const auto* body :
       {"", "[]", "{}", R"({"push_data":{"tag":"v1"}})",
        R"({"push_data":{"tag":7},"repository":{"repo_name":"a/b"}})"})
    problem(push_sender::dockerhub, with_body(body));
  for (const auto* body : {"", "[]", R"({"action":"published"})"})
    problem(push_sender::github, with_event("github", "package", body));
  for (const auto* body :
       {"", "[]", "{}",
        R"({"action":"created","package":{"type":"container"}})"})
    problem(push_sender::gitea, with_event("gitea", "package", body));
  problem(push_sender::registry, with_body(std::string(100, '[')),
          errc::too_large);
}

// -- who sends ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_signature_proves_who_sends) {
  auto x = with_body("body");
  auto signature = hmac_sha256_hex(key, "body");
  x.headers = {{"x-hub-signature-256", secret{"sha256=" + signature}},
               {"x-gitea-signature", secret{signature}}};
  BOOST_TEST(is_authentic(push_sender::github, x, key));
  BOOST_TEST(is_authentic(push_sender::gitea, x, key));
  BOOST_TEST(!is_authentic(push_sender::github, x, secret{"another"}));
  BOOST_TEST(!is_authentic(push_sender::gitea, x, secret{"another"}));
  BOOST_TEST(!is_authentic(push_sender::registry, x, key));
  BOOST_TEST(!is_authentic(push_sender::dockerhub, x, key));
  x.body = "Body";
  BOOST_TEST(!is_authentic(push_sender::github, x, key));
  BOOST_TEST(!is_authentic(push_sender::gitea, x, key));
  x.headers = {{"x-hub-signature-256", secret{signature}},
               {"x-gitea-signature", secret{"sha256=" + signature}}};
  x.body = "body";
  BOOST_TEST(!is_authentic(push_sender::github, x, key));
  BOOST_TEST(!is_authentic(push_sender::gitea, x, key));
}

// The id makes the second of two the same as the first.
BOOST_AUTO_TEST_CASE(a_recorded_delivery_under_another_name_is_the_same) {
  for (const std::string name : {"github", "gitea"}) {
    auto from = name == "github" ? push_sender::github : push_sender::gitea;
    auto body = name == "github" ? github_body("package", "published", "v2")
                                 : gitea_body("created", "container", "v2");
    auto x = with_event(name, "package", body);
    auto first = images(from, x);
    x.headers[1].value = secret{"d-2"};
    BOOST_TEST((images(from, x) == first), name);
  }
}

BOOST_AUTO_TEST_CASE(who_cannot_sign_shows_the_secret) {
  auto x = with_body("body");
  BOOST_TEST(!is_authentic(push_sender::registry, x, key));
  BOOST_TEST(!is_authentic(push_sender::dockerhub, x, key));
  x.headers = {{"authorization", secret{"Bearer the secret"}}};
  BOOST_TEST(is_authentic(push_sender::registry, x, key));
  x.headers = {{"authorization", secret{"the secret"}}};
  BOOST_TEST(!is_authentic(push_sender::registry, x, key));
  x.query = {{"secret", "the secret"}};
  BOOST_TEST(is_authentic(push_sender::dockerhub, x, key));
  x.query = {{"secret", "the secre"}};
  BOOST_TEST(!is_authentic(push_sender::dockerhub, x, key));
  BOOST_TEST(!is_authentic(push_sender::github, x, key));
  BOOST_TEST(!is_authentic(push_sender::gitea, x, key));
}

BOOST_AUTO_TEST_SUITE_END()
