// What is known about the real server but is in no recorded exchange.

#include "tests/support/npm_session.hpp"
#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/timestamps.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace dw::test;
using npm_standin::json;

namespace {

const std::string hosts = "/nginx/proxy-hosts";

struct fixture {
  npm_standin_process standin;
  npm_session admin{standin};

  plain_response with_authorization(const std::string& value,
                                    const std::string& path = hosts) const {
    return exchange(
      {"GET", standin.api_url() + path, {{"Authorization", value}}});
  }
};

json claims_of(const npm_answer& answer) {
  const auto& token = answer.body.at("token").text();
  const auto payload = token.substr(token.find('.') + 1);
  return json::parse(
           npm_standin::from_base64url(payload.substr(0, payload.find('.'))))
    .value();
}

std::int64_t lifetime_of(const npm_answer& answer) {
  const auto claims = claims_of(answer);
  return claims.at("exp").integer() - claims.at("iat").integer();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(npm_standin_facts, fixture)

// -- tokens -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tokens_live_as_long_as_was_asked_for) {
  const std::pair<const char*, std::int64_t> known[] = {
    {"", 86400},     {"5s", 5},       {"1m", 60}, {"1h", 3600},
    {"10d", 864000}, {"2w", 1209600}, {"1M", 60}, {"1y", 31557600},
    {"1000ms", 1},   {"1500ms", 1},   {"0s", 0},  {"1ms", 0},
  };
  for (const auto& [text, seconds] : known) {
    const auto answer = admin.ask("GET", std::string{"/tokens?expiry="} + text);
    BOOST_TEST(answer.status == 200, text);
    BOOST_TEST(lifetime_of(answer) == seconds, text);
  }
  for (const auto* text : {"-1s", "1.5h", "5", "5%20s", "1D"})
    BOOST_TEST(admin.ask("GET", std::string{"/tokens?expiry="} + text).status
                 == 400,
               text);
  BOOST_TEST(admin.ask("GET", "/tokens?expiry=999999999999y")
               .body.at("expires")
               .is_null());
}

BOOST_AUTO_TEST_CASE(only_one_way_to_write_the_header_counts_as_a_token) {
  const auto& token = admin.token();
  BOOST_TEST(with_authorization("Bearer " + token).status == 200);
  for (const auto& value : {"bearer " + token, "Bearer  " + token, token}) {
    BOOST_TEST(with_authorization(value).status == 404);
    BOOST_TEST(with_authorization(value, "/tokens").status == 500);
  }
  BOOST_TEST(with_authorization("Bearer null").status == 400);
}

BOOST_AUTO_TEST_CASE(expired_tokens_are_refused_until_a_new_login) {
  standin.expire_tokens();
  for (const auto* path : {"/tokens", "/nginx/proxy-hosts", "/users/me"}) {
    const auto answer = admin.ask("GET", path);
    BOOST_TEST(answer.status == 400);
    BOOST_TEST(answer.message() == "Token has expired");
  }
  BOOST_TEST(admin.ask("GET", "/schema").status == 200);
  BOOST_TEST(npm_session{standin}.ask("GET", hosts).status == 200);
}

BOOST_AUTO_TEST_CASE(new_keys_turn_every_token_into_a_server_error) {
  standin.rotate_keys();
  BOOST_TEST(admin.ask("GET", "/tokens").status == 500);
  BOOST_TEST(admin.ask("GET", hosts).status == 500);
  BOOST_TEST(npm_session{standin}.ask("GET", hosts).status == 200);
}

BOOST_AUTO_TEST_CASE(logins_get_the_lifetime_a_test_has_set) {
  standin.set_token_lifetime("7s");
  const auto login
    = admin.ask("POST", "/tokens",
                R"({"identity":" ADMIN@example.com ","secret":"changeme"})");
  BOOST_TEST(lifetime_of(login) == 7);
  BOOST_TEST(lifetime_of(admin.ask("GET", "/tokens")) == 7);
}

BOOST_AUTO_TEST_CASE(a_form_is_as_good_as_json_for_a_login) {
  const auto response
    = exchange({"POST",
                standin.api_url() + "/tokens",
                {{"Content-Type", "application/x-www-form-urlencoded"}},
                "identity=admin%40example.com&secret=changeme"});
  BOOST_TEST(response.status == 200);
}

BOOST_AUTO_TEST_CASE(a_user_hidden_from_a_host_still_collides_with_it) {
  standin.control("POST", "/control/users",
                  R"({"email":"a@b.c","password":"p"})");
  const npm_session other{standin, "a@b.c", "p"};
  const auto id = admin.create_host("mine.test", 1);
  BOOST_TEST(other.update_host(id, R"({"forward_port":2})").message()
             == "Not Found - 1");
  BOOST_CHECK_THROW(other.create_host("MINE.test", 1), std::runtime_error);
}

// -- hosts --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(ids_are_read_leniently_by_some_routes) {
  admin.create_host("a.test", 1);
  const auto port = R"({"forward_port":2})";
  BOOST_TEST(admin.ask("PUT", hosts + "/1abc", port).status == 200);
  BOOST_TEST(admin.ask("PUT", hosts + "/abc", port).message() == "Not Found");
  for (const auto* id : {"abc", "0", "-1", "1.5", "1abc"})
    BOOST_TEST(admin.ask("GET", hosts + "/" + id).status == 400, id);
  BOOST_TEST(admin.ask("GET", hosts + "/").status == 200);
  BOOST_TEST(admin.ask("GET", hosts + "/1/").status == 404);
}

BOOST_AUTO_TEST_CASE(queries_are_patterns_over_the_text_of_the_domains) {
  admin.create_host("one.Example.test", 1);
  admin.create_host("two.example.test", 1);
  auto count = [this](const std::string& query) {
    return admin.ask("GET", hosts + "?query=" + query).body.items().size();
  };
  BOOST_TEST(count("example") == 2u);
  BOOST_TEST(count("ONE.") == 1u);
  BOOST_TEST(count("t_o") == 1u);
  BOOST_TEST(count("o%25test") == 2u);
  BOOST_TEST(count("%22two") == 1u);
  BOOST_TEST(count("127.0.0.1") == 0u);
  BOOST_TEST(count("") == 2u);
  BOOST_TEST(admin.ask("GET", hosts + "?query=" + std::string(256, 'a')).status
             == 400);
}

BOOST_AUTO_TEST_CASE(the_list_is_sorted_by_domains) {
  admin.create_host("b.test", 1);
  admin.create_host("a.test", 1);
  const auto answer = admin.ask("GET", hosts);
  BOOST_TEST(answer.body.items()[0].at("id").integer() == 2);
  BOOST_TEST(answer.body.items()[1].at("id").integer() == 1);
}

BOOST_AUTO_TEST_CASE(values_are_converted_where_their_meaning_is_obvious) {
  const auto id
    = admin.create_host("a.test", 1,
                        R"("enabled":0,"block_exploits":null,"locations":[)"
                        R"({"path":"/x","forward_scheme":"http",)"
                        R"("forward_host":"127.0.0.1","forward_port":"81"}])");
  const auto host = admin.ask("GET", hosts + "/" + std::to_string(id)).body;
  BOOST_TEST(!host.at("enabled").flag());
  BOOST_TEST(!host.at("block_exploits").flag());
  BOOST_TEST(host.at("locations").items()[0].at("forward_port").integer()
             == 81);
  for (const auto* body :
       {R"({"enabled":"yes"})", R"({"enabled":2})", R"({"enabled":"1"})",
        R"({"forward_port":8.5})", R"({"forward_port":"x"})",
        R"({"locations":null})", R"({"locations":[{}]})"})
    BOOST_TEST(admin.update_host(id, body).status == 400, body);
}

BOOST_AUTO_TEST_CASE(violations_inside_of_lists_are_named_by_their_path) {
  const auto id = admin.create_host("a.test", 1);
  BOOST_TEST(admin
               .update_host(id, R"({"locations":[{"path":"","forward_port":0,)"
                                R"("forward_scheme":"http",)"
                                R"("forward_host":"h","more":1}]})")
               .message()
             == "data/locations/0 must NOT have additional properties, "
                "data/locations/0/path must NOT have fewer than 1 characters, "
                "data/locations/0/forward_port must be >= 1");
}

BOOST_AUTO_TEST_CASE(a_certificate_that_cannot_be_had_leaves_the_host) {
  BOOST_CHECK_THROW(admin.create_host("a.test", 1, R"("certificate_id":"new")"),
                    std::runtime_error);
  const auto found = admin.ask("GET", hosts).body;
  BOOST_TEST(found.items().size() == 1u);
  BOOST_TEST(found.items()[0].at("meta").members().empty());
}

BOOST_AUTO_TEST_CASE(tls_flags_fall_with_the_certificate_unless_zero_was_sent) {
  const auto id = admin.create_host("a.test", 1,
                                    R"("ssl_forced":true,"hsts_enabled":true)");
  auto is_forced = [&] {
    return admin.ask("GET", hosts + "/" + std::to_string(id))
      .body.at("ssl_forced")
      .flag();
  };
  BOOST_TEST(!is_forced());
  admin.update_host(id, R"({"ssl_forced":true,"certificate_id":0})");
  BOOST_TEST(is_forced());
  admin.update_host(id, R"({"forward_port":2})");
  BOOST_TEST(!is_forced());
}

// -- faults -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_planned_status_hits_the_planned_request_only) {
  standin.fail_next(R"({"method":"GET","path":"/nginx/*","status":503})");
  BOOST_TEST(admin.ask("GET", "/tokens").status == 200);
  BOOST_TEST(admin.ask("GET", hosts).status == 503);
  BOOST_TEST(admin.ask("GET", hosts).status == 200);
  standin.fail_next(R"({"times":0,"status":500})");
  BOOST_TEST(admin.ask("GET", hosts).status == 500);
  BOOST_TEST(admin.ask("GET", "/").status == 500);
  standin.control("DELETE", "/control/fail-next");
  BOOST_TEST(admin.ask("GET", "/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_create_can_commit_and_fail) {
  standin.fail_next(R"({"method":"POST","commit-before-500":true})");
  BOOST_CHECK_THROW(admin.create_host("a.test", 1), std::runtime_error);
  BOOST_TEST(admin.ask("GET", hosts).body.items().size() == 1u);
  BOOST_TEST(admin.update_host(1, R"({"forward_port":2})")
               .body.at("meta")
               .at("nginx_online")
               .flag());
}

BOOST_AUTO_TEST_CASE(connections_can_close_before_and_after_the_deed) {
  standin.fail_next(R"({"method":"POST","close":"before"})");
  BOOST_CHECK_THROW(admin.create_host("a.test", 1), std::runtime_error);
  BOOST_TEST(admin.ask("GET", hosts).body.items().empty());
  standin.fail_next(R"({"method":"POST","close":"after"})");
  BOOST_CHECK_THROW(admin.create_host("a.test", 1), std::runtime_error);
  BOOST_TEST(admin.ask("GET", hosts).body.items().size() == 1u);
}

BOOST_AUTO_TEST_CASE(mutations_are_counted_and_run_one_after_the_other) {
  standin.fail_next(R"({"method":"POST","path":"/nginx/*","delay-ms":300})");
  auto first = std::async(std::launch::async,
                          [&] { return admin.create_host("a.test", 1); });
  auto counted = [this] {
    return json::parse(standin.control("GET", "/control/counters")).value();
  };
  while (counted().at("mutations").at("POST").is_null()) {
    // The first one is on its way.
  }
  BOOST_TEST(admin.create_host("b.test", 1) > 0);
  BOOST_TEST(first.get() > 0);
  BOOST_TEST(counted().at("max_parallel_mutations").integer() == 2);
  BOOST_TEST(counted().at("requests").at("POST /nginx/proxy-hosts").integer()
             == 2);
  standin.control("DELETE", "/control/counters");
  BOOST_TEST(counted().at("mutations").members().empty());
}

BOOST_AUTO_TEST_CASE(the_control_endpoint_refuses_what_it_does_not_know) {
  BOOST_CHECK_THROW(standin.fail_next(R"({"staus":500})"), std::runtime_error);
  BOOST_CHECK_THROW(standin.fail_next("{}"), std::runtime_error);
  BOOST_CHECK_THROW(standin.set_token_lifetime("1Q"), std::runtime_error);
  BOOST_CHECK_THROW(standin.control("POST", "/control/nothing"),
                    std::runtime_error);
}

// -- garbage ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(deeply_nested_bodies_do_no_harm) {
  const auto nested = R"({"meta":)" + std::string(90'000, '[');
  const auto answer = admin.ask("POST", hosts, nested);
  BOOST_TEST(answer.status == 400);
  BOOST_TEST(answer.message() == "Internal Error");
}

BOOST_AUTO_TEST_CASE(wrong_types_anywhere_get_an_answer) {
  for (const auto* body :
       {"[]", "[1]", R"({"domain_names":{}})", R"({"domain_names":[[]]})",
        R"({"meta":1})", R"({"certificate_id":{}})"}) {
    BOOST_TEST(admin.ask("POST", hosts, body).status == 400, body);
    BOOST_TEST(admin.ask("POST", "/tokens", body).status == 400, body);
    BOOST_TEST(admin.ask("POST", "/users", body).status == 400, body);
  }
  for (const auto* token : {"..", "a.b.c", ".", "é", "a.b"})
    BOOST_TEST(with_authorization(std::string{"Bearer "} + token).status == 500,
               token);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(without_a_prefix_it_is_the_backend_itself) {
  npm_standin_process standin{{.prefix = ""}};
  BOOST_TEST(exchange({"GET", standin.api_url() + "/"}).status == 200);
  const auto response = exchange({"GET", standin.api_url() + "/api/tokens"});
  BOOST_TEST(response.status == 404);
  BOOST_TEST(response.body.find("Not Found - /api/tokens")
             != std::string::npos);
}
