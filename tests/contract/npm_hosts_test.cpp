#include "messages/error.hpp"
#include "tests/support/npm_transcript.hpp"
#include "transports/npm_api.hpp"

using namespace dw;
using namespace dw::test;

namespace {

const secret jwt{"<JWT>"};

struct known_host {
  const char* file;
  int64_t id;
};

struct refused {
  const char* file;
  errc code;
};

/// The token that was sent, "" if none was.
secret token_of(const npm_exchange& recorded) {
  constexpr std::string_view scheme = "Bearer ";
  if (recorded.authorization.empty())
    return {};
  return secret{recorded.authorization.substr(scheme.size())};
}

int64_t id_of(const npm_exchange& recorded) {
  constexpr std::string_view collection = "/nginx/proxy-hosts/";
  return std::stoll(recorded.target.substr(collection.size()));
}

proxy_host host_of(const npm_exchange& recorded) {
  auto result = npm::parse_host(recorded.response);
  BOOST_REQUIRE_MESSAGE(result,
                        (result ? std::string{} : render(result.error())));
  return std::move(*result);
}

template <class T>
errc code_of_result(const caf::expected<T>& result) {
  BOOST_REQUIRE(!result);
  return code_of(result.error());
}

bool flag(const rapidjson::Value& value) {
  return value.IsBool() ? value.GetBool() : value.GetInt() != 0;
}

caf::optional<bool> flag_of(const rapidjson::Value& body, const char* name) {
  if (!body.HasMember(name))
    return caf::none;
  return flag(body[name]);
}

caf::optional<int64_t> id_of(const rapidjson::Value& body, const char* name) {
  if (!body.HasMember(name))
    return caf::none;
  return body[name].GetInt64();
}

proxy_target target_of(const rapidjson::Value& body) {
  return {body["forward_scheme"].GetString(), body["forward_host"].GetString(),
          static_cast<uint16_t>(body["forward_port"].GetUint())};
}

proxy_options options_of(const rapidjson::Value& body) {
  proxy_options result;
  // Explicit, where the recorded request relies on NPM's defaults.
  result.websockets = flag_of(body, "allow_websocket_upgrade").value_or(false);
  result.block_exploits = flag_of(body, "block_exploits").value_or(false);
  result.caching = flag_of(body, "caching_enabled");
  result.certificate = id_of(body, "certificate_id");
  result.force_ssl = flag_of(body, "ssl_forced");
  result.http2 = flag_of(body, "http2_support");
  result.hsts = flag_of(body, "hsts_enabled");
  result.access_list = id_of(body, "access_list_id");
  return result;
}

create_proxy_host create_of(const npm_exchange& recorded) {
  auto body = parse(recorded.request_body);
  create_proxy_host result;
  for (const auto& name : body["domain_names"].GetArray())
    result.domains.emplace_back(name.GetString());
  result.target = target_of(body);
  result.settings = options_of(body);
  if (body.HasMember("meta"))
    result.meta = compact(body["meta"]);
  return result;
}

/// A change of only the port, which a switch of ours never sends, but which is
/// what most recordings do.
void check_port_update(const npm_exchange& recorded) {
  update_proxy_host what;
  what.id = id_of(recorded);
  what.target = proxy_target{"http", "127.0.0.1", 0};
  auto port = parse(recorded.request_body)["forward_port"].GetUint();
  what.target->port = static_cast<uint16_t>(port);
  auto request = npm::update_host(token_of(recorded), what);
  BOOST_REQUIRE(request);
  check_covers(*request, recorded);
}

} // namespace

// -- lists --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_empty_list_has_no_hosts) {
  for (const auto* file :
       {"028-proxy-list-empty", "extra/093-limited-list-own-only"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::list_hosts(jwt), recorded);
      auto hosts = npm::parse_host_list(recorded.response);
      BOOST_REQUIRE(hosts);
      BOOST_TEST(hosts->empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_list_has_every_host_with_all_its_members) {
  auto recorded = load_npm("033-proxy-list");
  check_request(npm::list_hosts(jwt), recorded);
  auto hosts = npm::parse_host_list(recorded.response);
  BOOST_REQUIRE(hosts);
  BOOST_REQUIRE(hosts->size() == 2u);
  proxy_host first;
  first.id = 1;
  first.owner_user_id = 1;
  first.domains = {"app.example.test"};
  first.target = {"http", "127.0.0.1", 8080};
  first.nginx_online = true;
  BOOST_TEST(((*hosts)[0] == first));
  proxy_host second;
  second.id = 2;
  second.owner_user_id = 1;
  second.domains = {"full.example.test", "www.full.example.test"};
  second.target = {"https", "backend.internal", 8443};
  second.caching = true;
  second.block_exploits = true;
  second.websockets = true;
  second.advanced_config = "client_max_body_size 64m;";
  second.meta = R"({"managed_by":"example-tool","deployment":"42"})";
  second.nginx_online = true;
  BOOST_TEST(((*hosts)[1] == second));
  BOOST_TEST(npm::find_by_domain(*hosts, "WWW.Full.example.test.")->id == 2);
  BOOST_TEST(npm::find_by_domain(*hosts, "example.test") == nullptr);
}

BOOST_AUTO_TEST_CASE(lists_that_were_asked_for_otherwise_are_understood_too) {
  constexpr std::pair<const char*, size_t> lists[] = {
    {"034-proxy-list-expanded", 2},      {"036-proxy-list-query-hit", 1},
    {"079-proxy-list-after-500", 1},     {"extra/037-proxy-list-query-miss", 0},
    {"extra/125-port81-list", 1},        {"legacy/2.11.3/017-proxy-list", 1},
    {"legacy/2.12.6/017-proxy-list", 1},
  };
  for (const auto& [file, size] : lists) {
    BOOST_TEST_CONTEXT(file) {
      auto hosts = npm::parse_host_list(load_npm(file).response);
      BOOST_REQUIRE(hosts);
      BOOST_TEST(hosts->size() == size);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_host_that_was_never_configured_has_no_verdict) {
  auto recorded = load_npm("079-proxy-list-after-500");
  auto hosts = npm::parse_host_list(recorded.response);
  BOOST_REQUIRE(hosts);
  BOOST_TEST(!hosts->front().nginx_online);
  BOOST_TEST(hosts->front().meta == "{}");
}

BOOST_AUTO_TEST_CASE(refused_lists_tell_why) {
  constexpr refused answers[] = {
    {"021-proxy-list-no-token", errc::forbidden},
    {"023-proxy-list-garbage-token", errc::peer_failed},
    {"025-proxy-list-expired-token", errc::unauthorized},
    {"101-hidden-list-denied", errc::forbidden},
    {"extra/024-proxy-list-invalid-signature", errc::peer_failed},
    {"extra/038-proxy-list-bad-expand", errc::peer_failed},
    {"extra/102-disabled-user-list", errc::forbidden},
    {"extra/114-2fa-challenge-used-as-bearer", errc::forbidden},
    {"legacy/2.11.3/011-proxy-list-expired-token", errc::unauthorized},
    {"legacy/2.11.3/012-proxy-list-no-token", errc::forbidden},
    {"legacy/2.11.3/013-proxy-list-garbage-token", errc::peer_failed},
    {"legacy/2.12.6/011-proxy-list-expired-token", errc::unauthorized},
    {"legacy/2.12.6/012-proxy-list-no-token", errc::forbidden},
    {"legacy/2.12.6/013-proxy-list-garbage-token", errc::peer_failed},
  };
  for (const auto& [file, code] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      if (auto token = token_of(recorded);
          !token.empty() && recorded.target.find('?') == std::string::npos)
        check_request(npm::list_hosts(token), recorded);
      auto result = npm::parse_host_list(recorded.response);
      BOOST_TEST((code_of_result(result) == code));
    }
  }
}

// -- reads --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_host_tells_whether_it_is_served) {
  constexpr known_host answers[] = {
    {"030-proxy-get", 1},
    {"extra/032-proxy-get-with-custom-meta", 2},
    {"extra/035-proxy-get-expanded-owner", 1},
    {"048-proxy-get-disabled", 1},
    {"081-proxy-get-after-update-500", 1},
    {"legacy/2.11.3/016-proxy-get", 5},
    {"legacy/2.12.6/016-proxy-get", 3},
  };
  for (const auto& [file, id] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      if (recorded.target.find('?') == std::string::npos)
        check_request(npm::read_host(jwt, id), recorded);
      auto host = host_of(recorded);
      BOOST_TEST(host.id == id);
      BOOST_TEST(*host.nginx_online);
      BOOST_TEST(host.nginx_error.empty());
      BOOST_TEST(host.meta.find("nginx_") == std::string::npos);
      auto is_disabled = recorded.response.body.find(R"("enabled":false)")
                         != std::string::npos;
      BOOST_TEST(host.enabled == !is_disabled);
    }
  }
}

BOOST_AUTO_TEST_CASE(flags_are_integers_up_to_2_11) {
  auto recorded = load_npm("legacy/2.11.3/019-proxy-update-flags");
  BOOST_TEST(recorded.response.body.find(R"("block_exploits":1)")
             != std::string::npos);
  auto host = host_of(recorded);
  BOOST_TEST(host.block_exploits);
  BOOST_TEST(host.websockets);
  BOOST_TEST(host.enabled);
  BOOST_TEST(!host.caching);
}

BOOST_AUTO_TEST_CASE(an_offline_host_comes_with_the_words_of_nginx) {
  auto recorded = load_npm("074-proxy-get-nginx-offline");
  check_request(npm::read_host(jwt, 3), recorded);
  auto host = host_of(recorded);
  BOOST_REQUIRE(host.nginx_online);
  BOOST_TEST(!*host.nginx_online);
  BOOST_TEST(host.nginx_error.find("/data/nginx/proxy_host/3.conf:37")
             != std::string::npos);
  BOOST_TEST(host.meta == "{}");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_not_there_or_not_ours_to_see_is_not_found) {
  for (const auto* file :
       {"052-proxy-get-not-found", "094-limited-get-foreign-host",
        "extra/129-proxy-get-deleted", "legacy/2.11.3/022-proxy-get-not-found",
        "legacy/2.11.3/028-viewer-get-foreign-host",
        "legacy/2.12.6/022-proxy-get-not-found",
        "legacy/2.12.6/028-viewer-get-foreign-host"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::read_host(jwt, id_of(recorded)), recorded);
      auto result = npm::parse_host(recorded.response);
      BOOST_TEST((code_of_result(result) == errc::not_found));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_id_that_is_no_number_is_rejected) {
  auto recorded = load_npm("extra/053-proxy-get-bad-id");
  auto result = npm::parse_host(recorded.response);
  BOOST_TEST((code_of_result(result) == errc::rejected));
}

// -- creates ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_created_host_is_as_wanted_but_without_a_verdict) {
  constexpr known_host answers[] = {
    {"029-proxy-create-minimal", 1},
    {"extra/095-limited-create", 5},
    {"legacy/2.11.3/015-proxy-create-minimal", 5},
    {"legacy/2.12.6/015-proxy-create-minimal", 3},
    {"extra/120-proxy-create-with-certificate-and-access-list", 6},
  };
  for (const auto& [file, id] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      auto what = create_of(recorded);
      auto request = npm::create_host(jwt, what);
      BOOST_REQUIRE(request);
      auto host = host_of(recorded);
      // We never ask for HSTS on names of others.
      auto body = parse(recorded.request_body);
      if (body.RemoveMember("hsts_subdomains"))
        recorded.request_body = compact(body);
      check_covers(*request, recorded);
      BOOST_TEST(host.id == id);
      BOOST_TEST(host.domains == what.domains);
      BOOST_TEST((host.target == what.target));
      BOOST_TEST(!host.nginx_online);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_create_says_explicitly_what_old_versions_need) {
  auto recorded = load_npm("029-proxy-create-minimal");
  auto request = npm::create_host(jwt, create_of(recorded));
  BOOST_REQUIRE(request);
  auto body = parse(request->body);
  BOOST_TEST(body["advanced_config"].GetStringLength() == 0u);
  BOOST_TEST(body["locations"].IsArray());
  BOOST_TEST(body["meta"].IsObject());
  BOOST_TEST(body["certificate_id"].GetInt() == 0);
  BOOST_TEST(!body["ssl_forced"].GetBool());
  // Refused before 2.14, and not a host's own member, respectively.
  BOOST_TEST(!body.HasMember("trust_forwarded_proto"));
  BOOST_TEST(!body.HasMember("id"));
  BOOST_TEST(request->fresh_connection);
  BOOST_TEST((request->deadlines.total == std::chrono::seconds{60}));
}

BOOST_AUTO_TEST_CASE(a_full_create_carries_all_options_and_foreign_meta) {
  auto recorded = load_npm("031-proxy-create-full");
  auto what = create_of(recorded);
  auto request = npm::create_host(jwt, what);
  BOOST_REQUIRE(request);
  // Three members we have no use for.
  auto body = parse(recorded.request_body);
  for (const auto* name :
       {"advanced_config", "locations", "enabled", "trust_forwarded_proto"})
    body.RemoveMember(name);
  recorded.request_body = compact(body);
  check_covers(*request, recorded);
  auto host = host_of(recorded);
  BOOST_TEST(host.id == 2);
  BOOST_TEST(host.domains
             == (std::vector<std::string>{"full.example.test",
                                          "www.full.example.test"}));
  BOOST_TEST(host.caching);
  BOOST_TEST(host.meta == what.meta);
}

BOOST_AUTO_TEST_CASE(a_created_host_that_nginx_rejects_looks_like_any_other) {
  auto host = host_of(load_npm("073-proxy-create-nginx-rejects"));
  BOOST_TEST(host.id == 3);
  BOOST_TEST(host.advanced_config == "no_such_directive on;");
  BOOST_TEST(!host.nginx_online);
}

BOOST_AUTO_TEST_CASE(the_passwords_of_an_access_list_are_not_kept) {
  auto recorded
    = load_npm("extra/120-proxy-create-with-certificate-and-access-list");
  BOOST_TEST(recorded.response.body.find("\"password\":\"p\"")
             != std::string::npos);
  auto host = host_of(recorded);
  BOOST_TEST(host.access_list_id == 1);
  BOOST_TEST(host.certificate_id == 1);
  BOOST_TEST(host.ssl_forced);
  BOOST_TEST(host.http2);
  BOOST_TEST(host.hsts);
  BOOST_TEST(host.hsts_subdomains);
  BOOST_TEST(host.meta == "{}");
}

BOOST_AUTO_TEST_CASE(refused_creates_tell_why) {
  constexpr refused answers[] = {
    {"022-proxy-create-no-token", errc::peer_failed},
    {"068-proxy-create-domain-in-use", errc::domain_taken},
    {"077-proxy-create-nginx-globally-broken", errc::peer_failed},
    {"078-proxy-create-retry-after-500", errc::domain_taken},
    {"098-viewer-create-denied", errc::peer_failed},
    {"extra/026-proxy-create-expired-token", errc::unauthorized},
    {"extra/070-proxy-create-one-of-two-in-use", errc::domain_taken},
    {"extra/071-proxy-create-domain-in-use-by-redirection", errc::domain_taken},
    {"extra/096-limited-create-domain-of-other-user", errc::domain_taken},
    {"legacy/2.11.3/014-proxy-create-no-token", errc::forbidden},
    {"legacy/2.11.3/020-proxy-create-domain-in-use", errc::domain_taken},
    {"legacy/2.11.3/026-viewer-create-denied", errc::forbidden},
    {"legacy/2.12.6/014-proxy-create-no-token", errc::forbidden},
    {"legacy/2.12.6/020-proxy-create-domain-in-use", errc::domain_taken},
    {"legacy/2.12.6/026-viewer-create-denied", errc::forbidden},
  };
  for (const auto& [file, code] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      if (auto token = token_of(recorded); !token.empty()) {
        auto request = npm::create_host(token, create_of(recorded));
        BOOST_REQUIRE(request);
        check_covers(*request, recorded);
      }
      auto result = npm::parse_host(recorded.response);
      BOOST_TEST((code_of_result(result) == code));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_domain_is_taken_in_any_case) {
  auto recorded = load_npm("extra/069-proxy-create-domain-in-use-other-case");
  auto request = npm::create_host(jwt, create_of(recorded));
  BOOST_REQUIRE(request);
  // We would have sent it in lower case, for MariaDB compares with case.
  auto body = parse(request->body);
  BOOST_TEST(body["domain_names"][0].GetString()
             == std::string{"app.example.test"});
  auto result = npm::parse_host(recorded.response);
  BOOST_TEST((code_of_result(result) == errc::domain_taken));
  BOOST_TEST(failure_of(result.error()).reply
             == "APP.Example.Test is already in use");
}

BOOST_AUTO_TEST_CASE(what_npm_refuses_is_not_even_sent) {
  for (const auto* file :
       {"057-proxy-create-bad-port", "059-proxy-create-bad-domain",
        "extra/058-proxy-create-bad-scheme",
        "extra/060-proxy-create-empty-domains",
        "extra/062-proxy-create-101-domains",
        "legacy/2.11.3/021-proxy-create-bad-port",
        "legacy/2.12.6/021-proxy-create-bad-port"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      auto what = create_of(recorded);
      if (parse(recorded.request_body)["forward_port"].GetUint() > 65535)
        what.target.port = 0; // a port of ours cannot be too large
      auto request = npm::create_host(jwt, what);
      BOOST_TEST((code_of_result(request) == errc::invalid_argument));
      auto result = npm::parse_host(recorded.response);
      BOOST_TEST((code_of_result(result) == errc::rejected));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_given_twice_is_sent_once) {
  auto recorded = load_npm("extra/061-proxy-create-duplicate-domains");
  auto request = npm::create_host(jwt, create_of(recorded));
  BOOST_REQUIRE(request);
  BOOST_TEST(parse(request->body)["domain_names"].Size() == 1u);
  auto result = npm::parse_host(recorded.response);
  BOOST_TEST((code_of_result(result) == errc::rejected));
}

BOOST_AUTO_TEST_CASE(creates_that_we_cannot_build_are_rejected) {
  for (const auto* file :
       {"055-proxy-create-missing-required", "067-proxy-create-too-large",
        "extra/056-proxy-create-unknown-field",
        "extra/063-proxy-create-bad-certificate-id",
        "extra/064-proxy-create-malformed-json",
        "extra/065-proxy-create-wrong-content-type",
        "extra/066-proxy-create-bad-charset"}) {
    BOOST_TEST_CONTEXT(file) {
      auto result = npm::parse_host(load_npm(file).response);
      BOOST_TEST((code_of_result(result) == errc::rejected));
    }
  }
}

// -- updates ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_update_answers_the_whole_host_with_a_fresh_verdict) {
  constexpr std::pair<const char*, uint16_t> answers[] = {
    {"039-proxy-update-partial", 8081},
    {"extra/084-proxy-update-after-heal", 8090},
    {"legacy/2.11.3/018-proxy-update-partial", 8081},
    {"legacy/2.12.6/018-proxy-update-partial", 8081},
  };
  for (const auto& [file, port] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_port_update(recorded);
      auto host = host_of(recorded);
      BOOST_TEST(host.target.port == port);
      BOOST_TEST(*host.nginx_online);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_update_of_meta_replaces_it) {
  auto recorded = load_npm("040-proxy-update-meta-replaces");
  update_proxy_host what;
  what.id = 2;
  what.meta = R"({"deployment": "43"})";
  auto request = npm::update_host(jwt, what);
  BOOST_REQUIRE(request);
  check_request(*request, recorded);
  BOOST_TEST(host_of(recorded).meta == R"({"deployment":"43"})");
}

BOOST_AUTO_TEST_CASE(an_update_of_flags_sends_booleans) {
  for (const auto* file : {"legacy/2.11.3/019-proxy-update-flags",
                           "legacy/2.12.6/019-proxy-update-flags"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      update_proxy_host what;
      what.id = id_of(recorded);
      what.settings.block_exploits = true;
      what.settings.websockets = true;
      auto request = npm::update_host(jwt, what);
      BOOST_REQUIRE(request);
      check_head(*request, recorded);
      BOOST_TEST(request->body
                 == R"({"block_exploits":true,)"
                    R"("allow_websocket_upgrade":true})");
      auto host = host_of(recorded);
      BOOST_TEST(host.block_exploits);
      BOOST_TEST(host.websockets);
    }
  }
  auto host = host_of(load_npm("041-proxy-update-int-flags-coerced"));
  BOOST_TEST(host.target.port == 8082);
  BOOST_TEST(host.websockets);
}

BOOST_AUTO_TEST_CASE(without_a_certificate_the_flags_are_cleared_explicitly) {
  auto recorded = load_npm("extra/123-proxy-update-certificate-zero");
  update_proxy_host what;
  what.id = 6;
  what.settings.certificate = 0;
  auto request = npm::update_host(jwt, what);
  BOOST_REQUIRE(request);
  check_covers(*request, recorded);
  BOOST_TEST(request->body
             == R"({"certificate_id":0,"ssl_forced":false,)"
                R"("http2_support":false,"hsts_enabled":false,)"
                R"("hsts_subdomains":false})");
  // What NPM answered to the certificate alone.
  auto host = host_of(recorded);
  BOOST_TEST(host.certificate_id == 0);
  BOOST_TEST(host.ssl_forced);
}

BOOST_AUTO_TEST_CASE(an_update_that_nginx_rejects_is_a_host_that_is_offline) {
  for (const auto* file : {"075-proxy-update-nginx-rejects",
                           "legacy/2.11.3/025-proxy-update-nginx-rejects",
                           "legacy/2.12.6/025-proxy-update-nginx-rejects"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      auto host = host_of(recorded);
      BOOST_REQUIRE(host.nginx_online);
      BOOST_TEST(!*host.nginx_online);
      auto own_file = "/proxy_host/" + std::to_string(host.id) + ".conf";
      BOOST_TEST(host.nginx_error.find(own_file) != std::string::npos);
    }
  }
  auto healed = host_of(load_npm("extra/076-proxy-update-nginx-recovers"));
  BOOST_TEST(*healed.nginx_online);
  BOOST_TEST(healed.nginx_error.empty());
}

BOOST_AUTO_TEST_CASE(refused_updates_tell_why) {
  constexpr refused answers[] = {
    {"045-proxy-update-not-found", errc::not_found},
    {"080-proxy-update-nginx-globally-broken", errc::peer_failed},
    {"099-viewer-update-denied", errc::forbidden},
    {"extra/027-proxy-update-expired-token", errc::unauthorized},
    // Only a read tells that it is not there.
    {"legacy/2.11.3/023-proxy-update-not-found", errc::rejected},
    {"legacy/2.11.3/027-viewer-update-denied", errc::forbidden},
    {"legacy/2.12.6/023-proxy-update-not-found", errc::not_found},
    {"legacy/2.12.6/027-viewer-update-denied", errc::forbidden},
  };
  for (const auto& [file, code] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_port_update(recorded);
      auto result = npm::parse_host(recorded.response);
      BOOST_TEST((code_of_result(result) == code));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_update_to_a_taken_domain_is_refused) {
  auto recorded = load_npm("072-proxy-update-domain-in-use");
  update_proxy_host what;
  what.id = 1;
  what.domains = std::vector<std::string>{"Full.example.test."};
  auto request = npm::update_host(jwt, what);
  BOOST_REQUIRE(request);
  check_request(*request, recorded);
  auto result = npm::parse_host(recorded.response);
  BOOST_TEST((code_of_result(result) == errc::domain_taken));
}

BOOST_AUTO_TEST_CASE(updates_that_we_cannot_build_are_rejected) {
  for (const auto* file :
       {"042-proxy-update-readonly-field", "043-proxy-update-echo-of-get",
        "044-proxy-update-empty-object"}) {
    BOOST_TEST_CONTEXT(file) {
      auto result = npm::parse_host(load_npm(file).response);
      BOOST_TEST((code_of_result(result) == errc::rejected));
    }
  }
  auto nothing = npm::update_host(jwt, {});
  BOOST_TEST((code_of_result(nothing) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_host_is_restored_with_members_that_may_be_written) {
  // What was read cannot be sent back as it is.
  auto recorded = load_npm("043-proxy-update-echo-of-get");
  auto host = host_of(load_npm("030-proxy-get"));
  auto request = npm::restore_host(jwt, host);
  check_head(request, recorded);
  auto body = parse(request.body);
  auto echo = parse(recorded.request_body);
  for (const auto& member : body.GetObject())
    BOOST_TEST(echo.HasMember(member.name), member.name.GetString());
  for (const auto* name : {"id", "created_on", "modified_on", "owner_user_id",
                           "locations", "trust_forwarded_proto"})
    BOOST_TEST(!body.HasMember(name), name);
}

// -- delete, enable, disable --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_delete_says_whether_there_was_something_to_delete) {
  constexpr refused answers[] = {
    {"054-proxy-delete-not-found", errc::not_found},
    {"082-proxy-delete-nginx-globally-broken", errc::peer_failed},
    {"extra/083-proxy-delete-retry-after-500", errc::not_found},
    {"extra/100-viewer-delete-denied", errc::forbidden},
    {"extra/128-proxy-delete-again", errc::not_found},
    // Only a read tells that it is not there.
    {"legacy/2.11.3/024-proxy-delete-not-found", errc::peer_failed},
    {"legacy/2.12.6/024-proxy-delete-not-found", errc::not_found},
  };
  for (const auto& [file, code] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::delete_host(jwt, id_of(recorded)), recorded);
      auto err = npm::check_done(recorded.response);
      BOOST_REQUIRE(bool{err});
      BOOST_TEST((code_of(err) == code));
    }
  }
  for (const auto* file :
       {"127-proxy-delete-ok", "legacy/2.11.3/029-proxy-delete-ok",
        "legacy/2.12.6/029-proxy-delete-ok"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::delete_host(jwt, id_of(recorded)), recorded);
      BOOST_TEST(!npm::check_done(recorded.response));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_disabled_host_is_disabled_whoever_did_it) {
  for (const auto* file :
       {"046-proxy-disable-ok", "047-proxy-disable-already"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::disable_host(jwt, 1), recorded);
      BOOST_TEST(!npm::check_done(recorded.response));
    }
  }
}

BOOST_AUTO_TEST_CASE(we_enable_with_an_update_which_keeps_the_access_list) {
  for (const auto* file : {"049-proxy-enable-ok", "050-proxy-enable-already"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      BOOST_TEST(!npm::check_done(recorded.response));
      auto request = npm::enable_host(jwt, 1);
      BOOST_TEST(request.target + "/enable" == recorded.target);
      BOOST_TEST(to_string(request.method) == "PUT");
      BOOST_TEST(request.body == R"({"enabled":true})");
    }
  }
  auto absent = load_npm("extra/051-proxy-enable-not-found");
  BOOST_TEST((code_of(npm::check_done(absent.response)) == errc::not_found));
}
