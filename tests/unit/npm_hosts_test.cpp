#include "messages/error.hpp"
#include "transports/npm_api.hpp"
#include "transports/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

const secret token{"t0ken"};

constexpr auto full_host = R"({"id":7,"created_on":"2026-11-23T15:50:04.000Z",
  "owner_user_id":2,"domain_names":["a.test","b.test"],"forward_host":"web",
  "forward_port":8080,"access_list_id":3,"certificate_id":4,"ssl_forced":1,
  "caching_enabled":true,"block_exploits":0,"advanced_config":"# \u00e9",
  "meta":{"x":{"y":[1,2.5,"\"}]"]},"nginx_online":false,
  "nginx_err":"a\nb\n"},"allow_websocket_upgrade":true,"http2_support":true,
  "forward_scheme":"https","enabled":1,"locations":null,"hsts_enabled":true,
  "hsts_subdomains":false,"unknown":{"deep":[[[]]]}})";

http_response answer(std::string body, int status = 200) {
  http_response result;
  result.operation = "read proxy host";
  result.object = "7";
  result.peer = "Nginx Proxy Manager";
  result.status = status;
  result.body = std::move(body);
  return result;
}

proxy_host parsed(const std::string& body) {
  auto result = npm::parse_host(answer(body));
  BOOST_REQUIRE(result);
  return std::move(*result);
}

/// The code of a result, none if it is a value.
template <class T>
caf::optional<errc> failure_code(const caf::expected<T>& result) {
  if (result)
    return caf::none;
  return code_of(result.error());
}

/// A host with one member replaced.
std::string host_with(const std::string& member, const std::string& value) {
  auto result = std::string{R"({"id":7,"domain_names":["a.test"],)"
                            R"("forward_scheme":"http","forward_host":"web",)"
                            R"("forward_port":80)"};
  auto begin = result.find('"' + member + '"');
  if (begin == std::string::npos)
    return result + ",\"" + member + "\":" + value + "}";
  auto from = result.find(':', begin) + 1;
  auto end = result[from] == '['
               ? result.find(']', from) + 1
               : std::min(result.find(',', from), result.size());
  return result.replace(from, end - from, value) + "}";
}

create_proxy_host wanted() {
  create_proxy_host result;
  result.domains = {"a.test"};
  result.target = {"http", "web", 80};
  return result;
}

update_proxy_host nothing() {
  update_proxy_host result;
  result.id = 7;
  return result;
}

} // namespace

// -- parsing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_member_of_a_host_is_read) {
  auto host = parsed(full_host);
  proxy_host expected;
  expected.id = 7;
  expected.owner_user_id = 2;
  expected.domains = {"a.test", "b.test"};
  expected.target = {"https", "web", 8080};
  expected.certificate_id = 4;
  expected.access_list_id = 3;
  expected.ssl_forced = true;
  expected.http2 = true;
  expected.hsts = true;
  expected.caching = true;
  expected.websockets = true;
  expected.advanced_config = "# \xC3\xA9";
  expected.meta = R"({"x":{"y":[1,2.5,"\"}]"]}})";
  expected.nginx_online = false;
  expected.nginx_error = "a\nb\n";
  BOOST_TEST((host == expected));
}

BOOST_AUTO_TEST_CASE(members_of_the_wrong_type_are_a_bad_reply) {
  constexpr std::pair<const char*, const char*> members[] = {
    {"id", "\"7\""},
    {"id", "0"},
    {"id", "-1"},
    {"id", "1e30"},
    {"id", "null"},
    {"domain_names", "\"a\""},
    {"domain_names", "[1]"},
    {"domain_names", "null"},
    {"forward_scheme", "1"},
    {"forward_scheme", "null"},
    {"forward_host", "{}"},
    {"forward_host", "null"},
    {"forward_port", "0"},
    {"forward_port", "65536"},
    {"forward_port", "1.5"},
    {"enabled", "\"true\""},
    {"certificate_id", "\"new\""},
    {"meta", "[]"},
    {"meta", "{\"nginx_online\":\"yes\"}"},
    {"meta", "{\"nginx_err\":[1]}"},
  };
  for (const auto& [member, value] : members) {
    BOOST_TEST_CONTEXT(member << ": " << value) {
      auto body = host_with(member, value);
      auto result = npm::parse_host(answer(body));
      BOOST_TEST((failure_code(result) == errc::bad_reply));
      auto hosts = npm::parse_host_list(answer("[" + body + "]"));
      BOOST_TEST((failure_code(hosts) == errc::bad_reply));
    }
  }
}

BOOST_AUTO_TEST_CASE(absent_members_have_the_defaults_of_npm) {
  auto host = parsed(host_with("meta", "null"));
  BOOST_TEST(host.enabled);
  BOOST_TEST(!host.ssl_forced);
  BOOST_TEST(host.certificate_id == 0);
  BOOST_TEST(host.meta == "{}");
  BOOST_TEST(!host.nginx_online);
}

BOOST_AUTO_TEST_CASE(an_empty_object_is_an_absent_host) {
  auto result = npm::parse_host(answer("{}"));
  BOOST_TEST((failure_code(result) == errc::not_found));
}

// -- hostile answers ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_anywhere_is_a_bad_reply) {
  std::string whole = full_host;
  auto list = "[" + whole + "," + whole + "]";
  for (size_t size = 0; size < whole.size(); ++size) {
    auto result = npm::parse_host(answer(whole.substr(0, size)));
    BOOST_TEST((failure_code(result) == errc::bad_reply), "cut at " << size);
  }
  for (size_t size = 0; size < list.size(); ++size) {
    auto result = npm::parse_host_list(answer(list.substr(0, size)));
    BOOST_TEST((failure_code(result) == errc::bad_reply), "cut at " << size);
  }
}

BOOST_AUTO_TEST_CASE(a_changed_byte_never_does_harm) {
  std::string whole = full_host;
  for (size_t i = 0; i < whole.size(); ++i) {
    for (char c : {'\0', '"', '{', '[', '}', '\\', '9', '\xFF'}) {
      auto body = whole;
      body[i] = c;
      if (auto result = npm::parse_host(answer(body)))
        BOOST_TEST(result->id > 0);
      else
        BOOST_TEST((code_of(result.error()) == errc::bad_reply
                    || code_of(result.error()) == errc::not_found));
    }
  }
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_without_recursion) {
  constexpr size_t depth = 1'000'000;
  auto nested = std::string(depth, '[') + std::string(depth, ']');
  auto list = npm::parse_host_list(answer(nested));
  BOOST_TEST((failure_code(list) == errc::too_large));
  auto host
    = npm::parse_host(answer(host_with("meta", "{\"x\":" + nested + "}")));
  BOOST_TEST((failure_code(host) == errc::too_large));
  auto open = npm::parse_host(answer(std::string(depth, '[')));
  BOOST_TEST((failure_code(open) == errc::too_large));
  BOOST_TEST(
    (code_of(npm::to_error(answer(nested, 500))) == errc::peer_failed));
}

BOOST_AUTO_TEST_CASE(as_much_nesting_as_is_allowed_is_kept) {
  // The host, its meta, and the member are three levels.
  auto nested = std::string(61, '[') + std::string(61, ']');
  auto host = parsed(host_with("meta", "{\"x\":" + nested + "}"));
  BOOST_TEST(host.meta == "{\"x\":" + nested + "}");
  proxy_host read = host;
  BOOST_TEST(!npm::read_owner(read));
  auto marked = npm::write_owner(host.meta, {"p", "s", "i"});
  BOOST_TEST(marked.find(nested) != std::string::npos);
}

// -- errors -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_error_says_what_was_attempted_and_what_to_do) {
  auto err = npm::to_error(
    answer(R"({"error":{"code":404,"message":"Not Found - /users/me"}})", 404));
  BOOST_TEST((code_of(err) == errc::forbidden));
  BOOST_TEST(render(err)
             == "could not read proxy host 7: Nginx Proxy Manager answered "
                "404: Not Found - /users/me\n  Give the account the permission "
                "to manage proxy hosts, and see that it is not disabled.");
}

BOOST_AUTO_TEST_CASE(a_doubled_prefix_is_not_taken_for_a_missing_permission) {
  auto err = npm::to_error(
    answer(R"({"error":{"message":"Not Found - /api/tokens"}})", 404));
  BOOST_TEST((code_of(err) == errc::rejected));
  BOOST_TEST(failure_of(err).hint.find("no /api") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_404_of_another_server_is_no_absent_host) {
  for (const auto* body : {"", "<html>", "{}", "[]", "null",
                           R"({"error":"no"})", R"({"error":{"message":7}})"}) {
    auto err = npm::to_error(answer(body, 404));
    BOOST_TEST((code_of(err) == errc::bad_reply), body);
  }
}

BOOST_AUTO_TEST_CASE(answers_of_the_nginx_in_front_are_told_by_status) {
  constexpr std::pair<int, errc> answers[] = {
    {302, errc::bad_reply},
    {401, errc::unauthorized},
    {403, errc::forbidden},
    {413, errc::rejected},
    {429, errc::busy},
    {500, errc::peer_failed},
    {502, errc::connection_lost},
    {503, errc::busy},
    {504, errc::timed_out},
    {418, errc::bad_reply},
  };
  for (const auto& [status, code] : answers)
    BOOST_TEST((code_of(npm::to_error(answer("<html>", status))) == code),
               status);
}

BOOST_AUTO_TEST_CASE(an_error_never_shows_a_token_or_control_characters) {
  auto err = npm::to_error(answer(
    R"({"error":{"message":"bad token eyJhbGciOi.J9.x\u0007\u001b[1m "}})",
    400));
  BOOST_TEST(failure_of(err).reply == "bad token [redacted]");
  auto foreign = npm::to_error(answer("secret <title>\x1bOops</title>", 500));
  BOOST_TEST(failure_of(foreign).reply == "a page titled \" Oops\"");
}

BOOST_AUTO_TEST_CASE(an_endless_message_is_cut_between_characters) {
  std::string text;
  while (text.size() < 5'000)
    text += "x\xC3\xA9";
  auto reply = failure_of(npm::to_error(answer(
                            "{\"error\":{\"message\":\"" + text + "\"}}", 400)))
                 .reply;
  BOOST_TEST(reply.size() <= 503u);
  BOOST_TEST(reply.substr(reply.size() - 3) == "...");
  BOOST_TEST(text.starts_with(reply.substr(0, reply.size() - 3)));
  BOOST_TEST(is_utf8(reply));
}

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(mutations_have_a_minute_and_a_connection_of_their_own) {
  auto update = nothing();
  update.enabled = true;
  for (const auto& request :
       {*npm::create_host(token, wanted()), *npm::update_host(token, update),
        npm::restore_host(token, {}), npm::delete_host(token, 7),
        npm::enable_host(token, 7), npm::disable_host(token, 7)}) {
    BOOST_TEST((request.deadlines.total >= std::chrono::seconds{60}));
    BOOST_TEST(request.fresh_connection);
    BOOST_TEST(!request.operation.empty());
    BOOST_TEST(request.peer == "Nginx Proxy Manager");
  }
  for (const auto& request :
       {npm::list_hosts(token), npm::read_host(token, 7), npm::health(),
        npm::account(token), npm::login("a", secret{"b"}),
        npm::refresh(token)}) {
    BOOST_TEST((request.deadlines.total == std::chrono::seconds{15}));
    BOOST_TEST(!request.fresh_connection);
  }
}

BOOST_AUTO_TEST_CASE(no_request_prints_its_secrets) {
  auto request = npm::login("bot@example.com", secret{"hunter2"});
  auto text = to_string(request) + request.operation + request.object;
  BOOST_TEST(text.find("hunter2") == std::string::npos);
  BOOST_TEST(request.body
             == R"({"identity":"bot@example.com",)"
                R"("secret":"hunter2"})");
}

BOOST_AUTO_TEST_CASE(a_new_host_has_defaults_that_depend_on_the_certificate) {
  auto plain = npm::create_host(token, wanted());
  BOOST_REQUIRE(plain);
  BOOST_TEST(
    plain->body
    == R"({"domain_names":["a.test"],"forward_scheme":"http",)"
       R"("forward_host":"web","forward_port":80,"access_list_id":0,)"
       R"("certificate_id":0,"ssl_forced":false,"http2_support":false,)"
       R"("hsts_enabled":false,"hsts_subdomains":false,)"
       R"("block_exploits":true,"caching_enabled":false,)"
       R"("allow_websocket_upgrade":true,"advanced_config":"",)"
       R"("locations":[],"meta":{}})");
  auto what = wanted();
  what.settings.certificate = 4;
  auto encrypted = npm::create_host(token, what);
  BOOST_REQUIRE(encrypted);
  BOOST_TEST(encrypted->body.find(R"("certificate_id":4,"ssl_forced":true,)"
                                  R"("http2_support":true,)"
                                  R"("hsts_enabled":false)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(targets_that_would_fail_or_break_nginx_are_refused) {
  for (const auto* host : {"", "a b", "http://web", "10.0.0.1:80", "web/x",
                           "web\"", "::1", "[]", "[web]", "web;", "wéb"}) {
    auto what = wanted();
    what.target.host = host;
    BOOST_TEST((failure_code(npm::create_host(token, what))
                == errc::invalid_argument),
               host);
  }
  for (const auto* host : {"web", "my_app-1", "10.0.0.1", "[::1]",
                           "[fe80::1:2]", "host.docker.internal"}) {
    auto what = wanted();
    what.target.host = host;
    BOOST_TEST(npm::create_host(token, what).engaged(), host);
  }
  auto what = wanted();
  what.target.scheme = "HTTP";
  BOOST_TEST(
    (failure_code(npm::create_host(token, what)) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(settings_that_contradict_each_other_are_refused) {
  auto what = wanted();
  what.settings.force_ssl = true; // without a certificate
  BOOST_TEST(
    (failure_code(npm::create_host(token, what)) == errc::invalid_argument));
  what = wanted();
  what.settings.certificate = -1;
  BOOST_TEST(
    (failure_code(npm::create_host(token, what)) == errc::invalid_argument));
  auto update = nothing();
  update.settings.hsts = true; // the host may have a certificate
  BOOST_TEST(npm::update_host(token, update).engaged());
  update.settings.certificate = 0;
  BOOST_TEST(
    (failure_code(npm::update_host(token, update)) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(meta_must_be_a_json_object) {
  for (const auto* meta : {"", "[]", "1", "{", "{\"a\":1}x", "{} ,\"x\":1"}) {
    auto what = wanted();
    what.meta = meta;
    BOOST_TEST((failure_code(npm::create_host(token, what))
                == errc::invalid_argument),
               meta);
  }
}

BOOST_AUTO_TEST_CASE(an_update_does_not_pretend_to_disable) {
  auto update = nothing();
  update.enabled = false;
  auto result = npm::update_host(token, update);
  BOOST_TEST((failure_code(result) == errc::invalid_argument));
  update.enabled = true;
  auto enabling = npm::update_host(token, update);
  BOOST_REQUIRE(enabling);
  BOOST_TEST(enabling->body == R"({"enabled":true})");
}

BOOST_AUTO_TEST_CASE(names_that_npm_has_already_can_be_sent_as_they_are) {
  auto update = nothing();
  update.domains = std::vector<std::string>{"Foo.*", "a.test"};
  BOOST_TEST(
    (failure_code(npm::update_host(token, update)) == errc::invalid_argument));
  auto kept = npm::update_host(token, update, npm::domain_check::none);
  BOOST_REQUIRE(kept);
  BOOST_TEST(kept->body == R"({"domain_names":["Foo.*","a.test"]})");
}

BOOST_AUTO_TEST_CASE(the_meta_of_a_restored_host_is_nothing_but_meta) {
  auto host = parsed(full_host);
  host.meta = R"({},"advanced_config":"x")";
  auto body = npm::restore_host(token, host).body;
  BOOST_TEST(body.find("advanced_config") == std::string::npos, body);
}

BOOST_AUTO_TEST_CASE(a_restored_host_is_what_was_read) {
  auto host = parsed(full_host);
  auto request = npm::restore_host(token, host);
  BOOST_TEST(request.target == "/nginx/proxy-hosts/7");
  BOOST_TEST(
    request.body
    == R"({"domain_names":["a.test","b.test"],"forward_scheme":"https",)"
       R"("forward_host":"web","forward_port":8080,"access_list_id":3,)"
       R"("certificate_id":4,"ssl_forced":true,"http2_support":true,)"
       R"("hsts_enabled":true,"hsts_subdomains":false,)"
       R"("block_exploits":false,"caching_enabled":true,)"
       R"("allow_websocket_upgrade":true,"enabled":true,)"
       R"("meta":{"x":{"y":[1,2.5,"\"}]"]}}})");
}

// -- ownership ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(our_mark_keeps_what_others_wrote) {
  route_owner owner{"shop", "prod", "i-1"};
  auto meta = npm::write_owner(R"({"a":1,"docker-watcher.stage":"x",
    "docker-watcher.stage":"y","b":{"c":null}})",
                               owner);
  BOOST_TEST(meta
             == R"({"a":1,"b":{"c":null},"docker-watcher.project":"shop",)"
                R"("docker-watcher.stage":"prod",)"
                R"("docker-watcher.instance-id":"i-1"})");
  proxy_host host;
  host.meta = meta;
  auto read = npm::read_owner(host);
  BOOST_REQUIRE(read);
  BOOST_TEST((*read == owner));
  // Again, with nothing left over from before.
  owner.instance_id = "i-\"2";
  host.meta = npm::write_owner(meta, owner);
  BOOST_TEST((*npm::read_owner(host) == owner));
  BOOST_TEST(host.meta.find("i-1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_host_that_was_adopted_stays_marked_as_such) {
  const std::string before = R"({"a":1})";
  proxy_host host;
  host.meta = npm::write_owner(before, {"shop", "prod", "i-1"});
  BOOST_TEST(!npm::is_adopted(host));
  host.meta = npm::mark_adopted(npm::mark_adopted(host.meta));
  BOOST_TEST(npm::is_adopted(host));
  host.meta = npm::write_owner(host.meta, {"shop", "prod", "i-2"});
  BOOST_TEST(npm::is_adopted(host));
  BOOST_TEST(npm::read_owner(host)->instance_id == "i-2");
  BOOST_TEST(npm::erase_owner(host.meta) == before);
}

BOOST_AUTO_TEST_CASE(a_host_without_our_mark_is_nobodys) {
  for (const auto* meta :
       {"{}", "", "[]", R"({"docker-watcher.project":"shop"})",
        R"({"docker-watcher.project":"","docker-watcher.stage":""})",
        R"({"docker-watcher.project":1,"docker-watcher.stage":"prod"})"}) {
    proxy_host host;
    host.meta = meta;
    BOOST_TEST(!npm::read_owner(host), meta);
  }
  BOOST_TEST(npm::write_owner("", {"p", "s", "i"}).front() == '{');
}
