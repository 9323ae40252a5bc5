#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <functional>
#include <random>

using namespace dw;
using namespace dw::test;

// Recorded answers, damaged in every way: an error must come out, or something
// sensible, but never a crash.

namespace {

struct parser {
  /// A recorded answer that it reads.
  const char* name;
  std::function<caf::error(const http_response&)> parse;
  /// What must be there, as paths of members.
  std::vector<std::vector<const char*>> needed;
};

const std::vector<parser> parsers{
  {"version",
   [](auto& x) { return error_of(docker::parse_version(x)); },
   {{"Version"}, {"ApiVersion"}}},
  {"image-inspect",
   [](auto& x) { return error_of(docker::parse_image(x)); },
   {{"Id"}}},
  {"container-create-full",
   [](auto& x) { return error_of(docker::parse_container_created(x)); },
   {{"Id"}}},
  {"container-inspect-running",
   [](auto& x) { return error_of(docker::parse_container(x)); },
   {{"Id"}, {"Name"}, {"State"}, {"State", "Status"}, {"Config"}}},
  {"container-wait",
   [](auto& x) { return error_of(docker::parse_container_exit(x)); },
   {{"StatusCode"}}},
  {"containers-list-by-label",
   [](auto& x) { return error_of(docker::parse_container_list(x, {})); },
   {}},
  {"networks-list-by-name-substring",
   [](auto& x) { return error_of(docker::parse_network_list(x, "pr-net")); },
   {}},
  {"network-create",
   [](auto& x) { return error_of(docker::parse_network_created(x)); },
   {{"Id"}}},
};

http_response recorded(const parser& p) {
  return answer(load(p.name), docker::version());
}

std::string text_of(const rapidjson::Value& x) {
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer{out};
  x.Accept(writer);
  return out.GetString();
}

/// Calls `f` for every value within `x`.
void visit(rapidjson::Value& x,
           const std::function<void(rapidjson::Value&)>& f) {
  f(x);
  if (x.IsObject())
    for (auto& member : x.GetObject())
      visit(member.value, f);
  else if (x.IsArray())
    for (auto& element : x.GetArray())
      visit(element, f);
}

} // namespace

BOOST_AUTO_TEST_CASE(undamaged_answers_are_read) {
  for (const auto& p : parsers) {
    auto err = p.parse(recorded(p));
    BOOST_TEST(!err, p.name << ": " << render(err));
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_cut_anywhere_is_an_error) {
  for (const auto& p : parsers)
    BOOST_TEST_CONTEXT(p.name) {
      auto response = recorded(p);
      auto whole = response.body;
      // The last byte is a line end.
      for (size_t size = 0; size + 1 < whole.size(); ++size) {
        response.body = whole.substr(0, size);
        auto err = p.parse(response);
        BOOST_REQUIRE_MESSAGE(err, "cut at byte " << size);
        BOOST_REQUIRE(code_of(err) == errc::bad_reply);
      }
    }
}

BOOST_AUTO_TEST_CASE(what_is_needed_and_of_another_type_is_named) {
  for (const auto& p : parsers)
    for (const auto& path : p.needed)
      for (const auto* other : {"null", "[]", "true", "1.5", "\"\""}) {
        auto response = recorded(p);
        auto doc = parse_json(response.body);
        rapidjson::Value* target = &doc;
        for (const auto* name : path)
          target = &(*target)[name];
        target->CopyFrom(parse_json(other), doc.GetAllocator());
        response.body = text_of(doc);
        auto err = p.parse(response);
        BOOST_REQUIRE_MESSAGE(err, p.name << " " << path.back());
        BOOST_TEST(code_of(err) == errc::bad_reply);
        BOOST_TEST(failure_of(err).reply.starts_with(path.back()),
                   failure_of(err).reply);
        BOOST_TEST(failure_of(err).status == response.status);
      }
}

BOOST_AUTO_TEST_CASE(any_value_may_be_of_any_type) {
  const char* others[] = {"null",  "{}",
                          "[]",    "[[],{},\"x\"]",
                          "\"\"",  "-1",
                          "1e300", "18446744073709551615",
                          "true",  "{\"a/b\":[{\"HostPort\":\"x\"}]}"};
  for (const auto& p : parsers) {
    auto response = recorded(p);
    auto doc = parse_json(response.body);
    std::vector<rapidjson::Value*> values;
    visit(doc, [&](rapidjson::Value& x) { values.push_back(&x); });
    for (auto* x : values)
      for (const auto* other : others) {
        auto replacement = parse_json(other);
        // The document is restored after each run.
        x->Swap(replacement);
        response.body = text_of(doc);
        if (auto err = p.parse(response))
          BOOST_TEST(code_of(err) == errc::bad_reply);
        x->Swap(replacement);
      }
  }
}

BOOST_AUTO_TEST_CASE(flipped_bits_do_no_harm) {
  std::mt19937 random{20};
  for (const auto& p : parsers) {
    auto response = recorded(p);
    auto whole = response.body;
    std::uniform_int_distribution<size_t> place{0, whole.size() - 1};
    std::uniform_int_distribution<int> bit{0, 7};
    for (int i = 0; i < 2000; ++i) {
      response.body = whole;
      for (int k = 0; k < 3; ++k) {
        auto& c = response.body[place(random)];
        c = static_cast<char>(c ^ (1 << bit(random)));
      }
      if (auto err = p.parse(response))
        BOOST_REQUIRE(code_of(err) == errc::bad_reply);
    }
  }
}

BOOST_AUTO_TEST_CASE(excess_is_refused_before_it_costs_much) {
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"Id\":";
  std::string numbers = "[";
  for (int i = 0; i < 4'500'000; ++i)
    numbers += "0,";
  for (const auto& p : parsers) {
    auto response = recorded(p);
    for (const auto& body : {std::string(1'000'000, '['), objects, numbers}) {
      response.body = body;
      BOOST_TEST(code_of(p.parse(response)) == errc::too_large);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_of_the_wrong_entry_does_not_matter) {
  // Only networks of that very name are read further.
  auto response = recorded(parsers[6]);
  BOOST_TEST(std::string{parsers[6].name} == "networks-list-by-name-substring");
  response.body = R"([{"Name":"pr-net2"},{"Name":7},null,"x",[]])";
  BOOST_TEST(value_of(docker::parse_network_list(response, "pr-net")).empty());
  response.body = R"([{"Name":"pr-net"}])";
  BOOST_TEST(
    failure_of(error_of(docker::parse_network_list(response, "pr-net"))).reply
    == "Id is not a text, or empty");
}

BOOST_AUTO_TEST_CASE(networks_made_at_once_are_sorted_by_the_fraction) {
  auto response = recorded(parsers[6]);
  // The engine leaves out zeros at the end.
  response.body
    = R"([{"Name":"n","Id":"c","Created":"2026-11-23T15:44:32.1Z"},)"
      R"({"Name":"n","Id":"b","Created":"2026-11-23T15:44:32.051Z"},)"
      R"({"Name":"n","Id":"a","Created":"2026-11-23T15:44:32.05Z"},)"
      R"({"Name":"n","Id":"e","Created":"2026-11-23T15:44:33Z"},)"
      R"({"Name":"n","Id":"d","Created":"2026-11-23T15:44:32.100Z"},)"
      R"({"Name":"n","Id":"0","Created":""}])";
  std::string order;
  for (const auto& x : value_of(docker::parse_network_list(response, "n")))
    order += x.id;
  BOOST_TEST(order == "0abcde");
}

BOOST_AUTO_TEST_CASE(a_list_with_a_bad_entry_is_refused_as_a_whole) {
  auto response = recorded(parsers[5]);
  const std::pair<const char*, const char*> entries[] = {
    {R"({})", "Id is not a text, or empty"},
    {R"(null)", "Id is not a text, or empty"},
    {R"({"Id":"a"})", "Names have no name"},
    {R"({"Id":"a","Names":["/x/y"],"State":"running"})", "Names have no name"},
    {R"({"Id":"a","Names":["/x"]})", "State is not a text, or empty"},
    {R"({"Id":"a","Names":["/x"],"State":"running","Ports":[{}]})",
     "PrivatePort is not a whole number"},
    {R"({"Id":"a","Names":["/x"],"State":"running",)"
     R"("Ports":[{"PrivatePort":65536,"Type":"tcp"}]})",
     "PrivatePort is no port"},
    {R"({"Id":"a","Names":["/x"],"State":"running",)"
     R"("Ports":[{"PrivatePort":1,"PublicPort":-1,"Type":"tcp"}]})",
     "PublicPort is no port"},
  };
  for (auto [entry, problem] : entries) {
    response.body = "[" + std::string{entry} + "]";
    auto err = error_of(docker::parse_container_list(response, {}));
    BOOST_REQUIRE_MESSAGE(err, entry);
    BOOST_TEST(code_of(err) == errc::bad_reply);
    BOOST_TEST(failure_of(err).reply == problem);
  }
}

BOOST_AUTO_TEST_CASE(ports_are_read_only_while_the_container_runs) {
  auto response = recorded(parsers[5]);
  response.body
    = R"([{"Id":"a","Names":["/other/link","/x"],"State":"exited",)"
      R"("Ports":[{"IP":"127.0.0.1","PrivatePort":1,"PublicPort":2,)"
      R"("Type":"tcp"}]},{"Id":"b","Names":["/y"],"State":"brand-new"}])";
  auto found = value_of(docker::parse_container_list(response, {}));
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].name == "x");
  BOOST_TEST(found[0].ports.empty());
  BOOST_TEST((found[1].state == container_state::unknown));
}

BOOST_AUTO_TEST_CASE(bad_ports_of_an_inspection_are_named) {
  auto response = recorded(parsers[3]);
  auto whole = response.body;
  const std::string good = R"("8080/tcp":[{"HostIp":"127.0.0.1",)"
                           R"("HostPort":"32768"}])";
  BOOST_REQUIRE(whole.find(good) != std::string::npos);
  for (const auto* bad :
       {R"("8080":null)", R"("x/tcp":null)", R"("-1/tcp":null)",
        R"("65536/tcp":null)", R"("8080/tcp":[{}])",
        R"("8080/tcp":[{"HostPort":32768}])",
        R"("8080/tcp":[{"HostPort":"32768x"}])",
        R"("8080/tcp":[{"HostPort":"65536"}])", R"("8080/tcp":["x"])"}) {
    response.body = whole;
    response.body.replace(whole.find(good), good.size(), bad);
    auto err = error_of(docker::parse_container(response));
    BOOST_REQUIRE_MESSAGE(err, bad);
    BOOST_TEST(code_of(err) == errc::bad_reply);
    BOOST_TEST(failure_of(err).reply.find("Port") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_wait_that_the_engine_gave_up_is_a_failure) {
  auto response = recorded(parsers[4]);
  response.body = R"({"Error":{"Message":"boom"},"StatusCode":-1})";
  auto err = error_of(docker::parse_container_exit(response));
  BOOST_TEST(code_of(err) == errc::peer_failed);
  BOOST_TEST(failure_of(err).reply == "boom");
}

// -- errors -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(errors_come_in_any_form) {
  auto request = value_of(docker::inspect_container("web"));
  auto error = [&](int status, const char* type, const std::string& body) {
    http_response x{request.operation,
                    request.object,
                    request.peer,
                    status,
                    {{"content-type", secret{type}}},
                    body};
    return error_of(docker::parse_container(x));
  };
  // Any web server has a 404: it does not mean that the container is gone.
  for (const auto* body : {"<html>404</html>", "", "{\"message\":\"no such\""})
    BOOST_TEST(code_of(error(404, "text/html", body)) == errc::bad_reply);
  for (const auto* body : {"", "[]", "{}", "{\"message\":7}", "{\"message\":"})
    BOOST_TEST(code_of(error(404, "application/json", body))
               == errc::bad_reply);
  BOOST_TEST(code_of(error(404, "application/json; charset=utf-8",
                           "{\"message\":\"No such container: web\"}"))
             == errc::not_found);
  const std::pair<int, errc> codes[] = {
    {100, errc::bad_reply},   {204, errc::bad_reply},
    {301, errc::bad_reply},   {304, errc::bad_reply},
    {400, errc::rejected},    {401, errc::unauthorized},
    {403, errc::forbidden},   {409, errc::conflict},
    {418, errc::rejected},    {429, errc::busy},
    {500, errc::peer_failed}, {501, errc::peer_failed},
    {502, errc::peer_failed}, {503, errc::busy},
  };
  for (auto [status, code] : codes)
    BOOST_TEST(code_of(error(status, "text/plain", "x")) == code, status);
  auto tls = error(400, "text/plain",
                   "Client sent an HTTP request to an HTTPS server.\n");
  BOOST_TEST(code_of(tls) == errc::tls_failed);
  BOOST_TEST(failure_of(tls).hint.find("https") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_text_of_an_error_is_cleaned_and_cut) {
  auto request = value_of(docker::inspect_container("web"));
  http_response x{request.operation,
                  request.object,
                  request.peer,
                  500,
                  {},
                  "\x1b[31mred" + std::string(1'000'000, 'x')};
  auto reply = failure_of(docker::to_error(x)).reply;
  BOOST_TEST(reply.starts_with(" [31mredxxx"));
  BOOST_TEST(reply.size() < 4200u);
  x.headers = {{"content-type", secret{"application/json"}}};
  x.body
    = "{\"message\":\"a\\u0000\\u001bb" + std::string(100'000, 'x') + "\"}";
  reply = failure_of(docker::to_error(x)).reply;
  BOOST_TEST(reply.starts_with("a  bxxx"));
  BOOST_TEST(reply.size() < 4200u);
}

BOOST_AUTO_TEST_CASE(versions_of_the_api_are_compared_as_numbers) {
  auto ping = [](const char* version, const char* body = "OK") {
    http_response x{"ping the engine",
                    "",
                    "Docker Engine",
                    200,
                    {{"api-version", secret{version}}},
                    body};
    return docker::parse_ping(x);
  };
  BOOST_TEST(ping("1.40")->api_version == "1.40");
  BOOST_TEST(ping("1.52")->api_version == "1.52");
  BOOST_TEST(ping("1.53")->api_version == "1.52");
  BOOST_TEST(ping("1.100")->api_version == "1.52");
  BOOST_TEST(ping("1.100")->max_api_version == "1.100");
  for (const auto* old : {"1.39", "1.9", "1.0"})
    BOOST_TEST(code_of(error_of(ping(old))) == errc::version_mismatch);
  for (const auto* odd : {"", "2.0", "1.", "1.x", "1.41.2", "1.-1", "1. 41",
                          "1.99999999999999999999", "v1.41"})
    BOOST_TEST(code_of(error_of(ping(odd))) == errc::bad_reply);
  for (const auto* body : {"", "ok", "OK\n", "<html>OK</html>"})
    BOOST_TEST(code_of(error_of(ping("1.41", body))) == errc::bad_reply);
}
