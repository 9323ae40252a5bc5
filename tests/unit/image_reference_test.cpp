#include "messages/error.hpp"
#include "transports/image_reference.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace dw;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

image_reference parsed(const std::string& text) {
  auto result = parse_image_reference(text);
  BOOST_REQUIRE_MESSAGE(result, text);
  return *result;
}

/// Taken for the same parts, in this order.
void check(const std::string& text, const std::string& registry,
           const std::string& repository, const std::string& name,
           const std::string& tag = {}, const std::string& sha = {}) {
  BOOST_TEST_CONTEXT(text) {
    auto x = parsed(text);
    BOOST_TEST(x.registry == registry);
    BOOST_TEST(x.repository == repository);
    BOOST_TEST(x.name == name);
    BOOST_TEST(x.tag == tag);
    BOOST_TEST(x.digest == sha);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(names_of_docker_hub_are_all_one) {
  for (auto text : {"foo", "docker.io/foo", "docker.io/library/foo",
                    "index.docker.io/foo", "library/foo"})
    check(text, "docker.io", "library/foo", "foo");
  check("team/app:1", "docker.io", "team/app", "team/app", "1");
  check("docker.io/team/app", "docker.io", "team/app", "team/app");
  check("library/team/app", "docker.io", "library/team/app",
        "library/team/app");
}

BOOST_AUTO_TEST_CASE(
  the_first_element_is_a_registry_only_if_it_looks_like_one) {
  check("host/app", "docker.io", "host/app", "host/app");
  check("localhost", "docker.io", "library/localhost", "localhost");
  check("localhost/app", "localhost", "app", "localhost/app");
  check("localhost:5000/app", "localhost:5000", "app", "localhost:5000/app");
  check("a.b/c", "a.b", "c", "a.b/c");
  check("registry-1.docker.io/foo", "registry-1.docker.io", "foo",
        "registry-1.docker.io/foo");
  check("GHCR.IO/app", "GHCR.IO", "app", "GHCR.IO/app");
  check("127.0.0.1:5000/demo/base:1", "127.0.0.1:5000", "demo/base",
        "127.0.0.1:5000/demo/base", "1");
}

BOOST_AUTO_TEST_CASE(tags_and_digests_are_found) {
  check("foo:1.2", "docker.io", "library/foo", "foo", "1.2");
  check("foo@" + digest, "docker.io", "library/foo", "foo", "", digest);
  check("host.x:1/foo:v@" + digest, "host.x:1", "foo", "host.x:1/foo", "v",
        digest);
  check("host.x:1/foo", "host.x:1", "foo", "host.x:1/foo");
}

BOOST_AUTO_TEST_CASE(text_is_made_as_the_engine_writes_it) {
  BOOST_TEST(to_string(parsed("docker.io/library/foo")) == "foo:latest");
  BOOST_TEST(to_string(parsed("foo:1")) == "foo:1");
  BOOST_TEST(to_string(parsed("foo@" + digest)) == "foo@" + digest);
  BOOST_TEST(to_string(parsed("foo:1@" + digest)) == "foo:1@" + digest);
  BOOST_TEST(to_string(parsed("host.x/a/b:1")) == "host.x/a/b:1");
}

BOOST_AUTO_TEST_CASE(separators_of_a_path_are_dots_underscores_and_dashes) {
  for (auto text : {"a.b", "a_b", "a__b", "a-b", "a---b", "x/a1.2_3-4/x__y"})
    BOOST_TEST(parse_image_reference(text).engaged(), text);
  for (auto text : {"a..b", "a___b", "a._b", "a.-b", "-a", "a-", ".a", "a.",
                    "_a", "a_", "a//b", "/a", "a/", "a/./b", "a/../b"})
    BOOST_TEST(!parse_image_reference(text).engaged(), text);
}

BOOST_AUTO_TEST_CASE(what_the_engine_would_not_take_is_refused) {
  auto long_name = std::string(256, 'a');
  for (const auto& text : {
         std::string{},
         std::string{" "},
         std::string{"Foo"},
         std::string{"foo/Bar"},
         std::string{"foo bar"},
         std::string{"foo:"},
         std::string{"foo:.tag"},
         std::string{"foo:-tag"},
         std::string{"foo:a b"},
         std::string{"foo:1:2"},
         "foo:" + std::string(129, 'a'),
         std::string{"foo@"},
         std::string{"foo@sha256:abc"},
         "foo@" + digest + "0",
         "foo@sha256:" + std::string(64, 'A'),
         "foo@sha512:" + std::string(64, 'a'),
         "foo@" + digest + "@" + digest,
         std::string{"@" + digest},
         std::string{":1"},
         std::string{"host.x:/foo"},
         std::string{"host.x:0/foo"},
         std::string{"host.x:65536/foo"},
         std::string{"host.x:1a/foo"},
         std::string{"host.x:1:2/foo"},
         std::string{"-host.x/foo"},
         std::string{"host-.x/foo"},
         std::string{".x/foo"},
         std::string{"x./foo"},
         std::string{"x..y/foo"},
         std::string{"../foo"},
         std::string{"[::1]:5000/foo"},
         std::string{"https://host.x/foo"},
         std::string{"foo?x=1"},
         std::string{"foo%2fbar"},
         std::string{"foo\n"},
         std::string{"foo\0bar", 7},
         std::string{"f\xC3\xB6o"},
         std::string(64, 'a'),
         digest,
         long_name,
         "host.x/" + std::string(249, 'a'),
       }) {
    auto result = parse_image_reference(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(!result);
      BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
      BOOST_TEST(!failure_of(result.error()).reply.empty());
    }
  }
  BOOST_TEST(
    parse_image_reference("host.x/" + std::string(248, 'a')).engaged());
}

BOOST_AUTO_TEST_CASE(tags_and_digests_are_told_from_other_text) {
  BOOST_TEST(is_image_tag("1"));
  BOOST_TEST(is_image_tag("_a.B-9"));
  BOOST_TEST(is_image_tag(std::string(128, 'x')));
  BOOST_TEST(!is_image_tag(""));
  BOOST_TEST(!is_image_tag(".1"));
  BOOST_TEST(!is_image_tag("a/b"));
  BOOST_TEST(!is_image_tag(std::string(129, 'x')));
  BOOST_TEST(is_image_digest(digest));
  BOOST_TEST(!is_image_digest(digest.substr(1)));
  BOOST_TEST(!is_image_digest(digest + "a"));
  BOOST_TEST(!is_image_digest(std::string(64, 'a')));
}
