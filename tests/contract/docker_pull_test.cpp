#include "tests/support/docker_exchange.hpp"
#include "tests/support/pieces.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_streams.hpp"

using namespace dw;
using namespace dw::test;

namespace {

constexpr auto base = "127.0.0.1:5000/demo/base:1";
constexpr auto big = "127.0.0.1:5010/demo/big:1";

http_request pull_request(const transcript& x, const std::string& reference) {
  caf::optional<registry_credentials> login;
  if (x.request.headers.contains("x-registry-auth"))
    login = registry_credentials{"alice", secret{"secret"}, {}};
  return value_of(docker::pull(reference, {}, login));
}

/// What a stream came to.
struct outcome {
  caf::error failed;
  pull_progress progress;
  std::string digest;
};

outcome decode(const std::string& reference,
               const std::vector<std::string_view>& pieces) {
  docker::pull_decoder decoder{reference};
  caf::error failed;
  for (auto x : pieces)
    if (!failed)
      failed = decoder.feed(x);
  auto end = decoder.finish();
  // What failed stays failed.
  if (failed)
    BOOST_TEST(render(end) == render(failed));
  return {end, decoder.progress(), decoder.digest()};
}

/// Replays a stream in all cuttings, which must come to the same.
outcome replay(const transcript& x, const std::string& reference) {
  auto whole = decode(reference, {x.response.body});
  for_each_cutting(x.response.body, [&](const auto& pieces) {
    auto cut = decode(reference, pieces);
    BOOST_TEST(render(cut.failed) == render(whole.failed));
    BOOST_TEST((cut.progress == whole.progress));
    BOOST_TEST(cut.digest == whole.digest);
  });
  return whole;
}

void check_stream_error(const transcript& x, errc code,
                        const std::string& reply, const std::string& hint) {
  auto result = replay(x, big);
  BOOST_REQUIRE(result.failed);
  auto context = failure_of(result.failed);
  BOOST_TEST(code_of(result.failed) == code);
  BOOST_TEST(context.operation == "pull image");
  BOOST_TEST(context.object == big);
  BOOST_TEST(context.peer == "Docker Engine");
  BOOST_TEST(context.status == 0);
  BOOST_TEST(context.reply == reply);
  BOOST_TEST(context.hint.find(hint) != std::string::npos, context.hint);
  BOOST_TEST(result.digest == "");
}

struct refusal {
  const char* name;
  const char* reference;
  errc code;
  const char* reply;
  const char* hint;
};

const refusal refusals[] = {
  {"pull-error-no-credentials", base, errc::unauthorized,
   "Head \"http://127.0.0.1:5000/v2/demo/base/manifests/1\": no basic auth "
   "credentials",
   "Add credentials"},
  {"pull-error-digest-not-found",
   "127.0.0.1:5000/demo/"
   "base@sha256:000000000000000000000000000000000000000000000000000000000000"
   "0000",
   errc::not_found,
   "manifest for 127.0.0.1:5000/demo/"
   "base@sha256:000000000000000000000000000000000000000000000000000000000000"
   "0000 not found: manifest unknown: manifest unknown",
   "name and tag"},
  {"pull-error-repo-not-found", "127.0.0.1:5000/demo/nonesuch:1",
   errc::not_found,
   "manifest for 127.0.0.1:5000/demo/nonesuch:1 not found: manifest unknown: "
   "manifest unknown",
   "name and tag"},
  {"pull-error-tag-not-found", "127.0.0.1:5000/demo/base:nope", errc::not_found,
   "manifest for 127.0.0.1:5000/demo/base:nope not found: manifest unknown: "
   "manifest unknown",
   "name and tag"},
  {"pull-error-registry-manifest-403", "127.0.0.1:5010/demo/base:1",
   errc::forbidden, "denied", "does not allow"},
  {"pull-error-registry-manifest-429", "127.0.0.1:5010/demo/base:1", errc::busy,
   "toomanyrequests: You have reached your pull rate limit.", "limits pulls"},
  {"pull-error-registry-manifest-500", "127.0.0.1:5010/demo/base:1", errc::busy,
   "received unexpected HTTP status: 500 Internal Server Error",
   "registry failed"},
  {"pull-error-registry-manifest-503", "127.0.0.1:5010/demo/base:1", errc::busy,
   "received unexpected HTTP status: 503 Service Unavailable",
   "registry failed"},
  {"pull-error-registry-manifest-garbage", "127.0.0.1:5010/demo/base:1",
   errc::pull_failed, "invalid character 'o' in literal null (expecting 'u')",
   ""},
};

} // namespace

BOOST_AUTO_TEST_CASE(refused_pulls_are_told_apart_by_their_text) {
  for (const auto& r : refusals)
    BOOST_TEST_CONTEXT(r.name) {
      auto x = load(r.name);
      auto request = pull_request(x, r.reference);
      check_request(x, request);
      check_registry_auth(x, request);
      check_error(docker::to_error(answer(x, request)), r.code, request, x,
                  r.reply, r.hint);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_unauthorized) {
  auto x = load("pull-error-bad-credentials");
  auto request = value_of(
    docker::pull(base, {}, registry_credentials{"alice", secret{"wrong"}, {}}));
  check_request(x, request);
  check_registry_auth(x, request);
  check_error(docker::to_error(answer(x, request)), errc::unauthorized, request,
              x, "unauthorized: authentication required",
              "Check the username and password");
}

BOOST_AUTO_TEST_CASE(a_registry_that_is_down_may_be_up_later) {
  auto x = load("pull-error-registry-down");
  auto request = pull_request(x, "127.0.0.1:5099/demo/base:1");
  check_request(x, request);
  auto err = docker::to_error(answer(x, request));
  check_error(err, errc::busy, request, x,
              "Get \"http://127.0.0.1:5099/v2/\": dial tcp 127.0.0.1:5099: "
              "connect: connection refused",
              "could not reach the registry");
  BOOST_TEST(is_transient(err));
}

BOOST_AUTO_TEST_CASE(what_the_engine_refuses_as_a_name_is_not_even_sent) {
  BOOST_TEST(code_of(docker::pull("Bad Name:1", {}, caf::none).error())
             == errc::invalid_argument);
  BOOST_TEST(code_of(docker::pull("demo:a b", {}, caf::none).error())
             == errc::invalid_argument);
  auto request = value_of(docker::pull("demo:1", {}, caf::none));
  auto reference = load("pull-error-invalid-reference");
  check_path(reference, request);
  check_error(docker::to_error(answer(reference, request)), errc::rejected,
              request, reference,
              "invalid reference format: repository name must be lowercase",
              "");
  auto tag = load("pull-error-invalid-tag");
  check_path(tag, request);
  check_error(docker::to_error(answer(tag, request)), errc::rejected, request,
              tag, "invalid tag format", "");
}

BOOST_AUTO_TEST_CASE(a_pull_counts_layers_and_bytes) {
  auto x = load("pull-ok");
  auto request = pull_request(x, base);
  check_request(x, request);
  check_registry_auth(x, request);
  auto result = replay(x, base);
  BOOST_TEST(!result.failed);
  BOOST_TEST(result.digest
             == "sha256:fd2381e35940b125d1f0174fdb4a8af77452ae9716db20b9c1f05"
                "ecb89e3d6ed");
  pull_progress expected{base,
                         2,
                         2,
                         1064664 + 155,
                         1064664 + 155,
                         "Status: Downloaded newer image for "
                         "127.0.0.1:5000/demo/base:1"};
  BOOST_TEST((result.progress == expected));
}

BOOST_AUTO_TEST_CASE(a_pull_by_digest_is_followed_like_any_other) {
  auto x = load("pull-by-digest");
  std::string digest = "sha256:fd2381e35940b125d1f0174fdb4a8af77452ae9716db20b"
                       "9c1f05ecb89e3d6ed";
  auto reference = "127.0.0.1:5000/demo/base@" + digest;
  auto request = pull_request(x, reference);
  check_request(x, request);
  check_registry_auth(x, request);
  auto result = replay(x, reference);
  BOOST_TEST(!result.failed);
  BOOST_TEST(result.digest == digest);
  BOOST_TEST(result.progress.layers_done == 2u);
  BOOST_TEST(result.progress.layers_total == 2u);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_up_to_date_has_no_layers_to_count) {
  auto x = load("pull-already-present");
  auto request = pull_request(x, base);
  check_request(x, request);
  check_registry_auth(x, request);
  auto result = replay(x, base);
  BOOST_TEST(!result.failed);
  BOOST_TEST(result.digest
             == "sha256:fd2381e35940b125d1f0174fdb4a8af77452ae9716db20b9c1f05"
                "ecb89e3d6ed");
  BOOST_TEST(result.progress.layers_total == 0u);
  BOOST_TEST(result.progress.status
             == "Status: Image is up to date for 127.0.0.1:5000/demo/base:1");
}

BOOST_AUTO_TEST_CASE(a_reference_without_a_tag_does_not_pull_all_tags) {
  auto x = load("pull-all-tags");
  auto request = pull_request(x, "127.0.0.1:5000/demo/multi");
  check_path(x, request);
  check_registry_auth(x, request);
  auto recorded = take_apart(x.path).query;
  recorded.emplace("tag", "latest");
  BOOST_TEST((take_apart(request.target).query == recorded));
  auto result = replay(x, "127.0.0.1:5000/demo/multi");
  BOOST_TEST(!result.failed);
  BOOST_TEST(result.progress.layers_total == 2u);
}

BOOST_AUTO_TEST_CASE(an_error_within_the_stream_fails_the_pull) {
  for (const auto* name :
       {"pull-stream-error-blob-404", "pull-stream-error-blob-500",
        "pull-stream-error-blob-corrupt"})
    check_request(load(name), pull_request(load(name), big));
  check_stream_error(load("pull-stream-error-blob-404"), errc::pull_failed,
                     "unknown blob", "push it again");
  check_stream_error(load("pull-stream-error-blob-corrupt"), errc::pull_failed,
                     "filesystem layer verification failed for digest "
                     "sha256:c6881e9b77c123934943ebdad0fb9a6dcdda6c616b0be935"
                     "bd8467a9c1ee4e96",
                     "push it again");
  check_stream_error(
    load("pull-stream-error-blob-500"), errc::busy,
    "received unexpected HTTP status: 500 Internal Server Error",
    "registry failed");
}

BOOST_AUTO_TEST_CASE(a_pull_that_the_engine_retries_succeeds_in_the_end) {
  auto x = load("pull-stream-ok-after-retries");
  check_request(x, pull_request(x, big));
  docker::pull_decoder decoder{big};
  auto retry = x.response.body.find("\"Retrying in 5");
  BOOST_REQUIRE(retry != std::string::npos);
  auto line_end = x.response.body.find('\n', retry);
  BOOST_TEST(!decoder.feed(x.response.body.substr(0, line_end + 1)));
  BOOST_TEST(decoder.progress().status == "Retrying in 5 seconds");
  auto result = replay(x, big);
  BOOST_TEST(!result.failed);
  BOOST_TEST(result.digest
             == "sha256:79ac77ac11c3a64c26e6daf81f9229f90064b33cfb1bb0aae22f2"
                "5ae0bbf88e7");
  BOOST_TEST(result.progress.layers_total == 6u);
  // The recording lacks the middle, where the others got complete.
  BOOST_TEST(result.progress.layers_done == 3u);
  BOOST_TEST(result.progress.bytes_done <= result.progress.bytes_total);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_cut_off_is_not_complete) {
  auto x = load("pull-stream-truncated-daemon-killed");
  BOOST_TEST(x.is_truncated);
  check_request(x, pull_request(x, big));
  // Cut between lines only the HTTP client can tell; what there is shows that
  // nothing was completed.
  auto result = replay(x, big);
  BOOST_TEST(!result.failed);
  BOOST_TEST(result.digest == "");
  BOOST_TEST(result.progress.layers_total == 6u);
  BOOST_TEST(result.progress.layers_done == 0u);
  BOOST_TEST(result.progress.bytes_done
             == 155u + 294912u + 3014656u + 3014656u + 1966080u);
  // Cut within a line the decoder tells.
  auto last = x.response.body.rfind('\n', x.response.body.size() - 2) + 1;
  for (auto end = last + 1; end < x.response.body.size(); ++end) {
    auto cut = decode(big, {std::string_view{x.response.body}.substr(0, end)});
    BOOST_TEST(code_of(cut.failed) == errc::connection_lost);
    BOOST_TEST(is_transient(cut.failed));
    BOOST_TEST(failure_of(cut.failed).object == big);
  }
}
