// Recordings of real servers, sent to the stand-in. They make no sense against
// another server: they hold the ids and dates of one continuous run on a fresh
// database, and faults that only the stand-in can be told to have. What holds
// for any server is in tests/integration/npm_suite_test.cpp.

#include "tests/contract/npm_replay.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>

using namespace dw::test;
using npm_standin::json;

namespace {

const std::filesystem::path folder = DW_TEST_DATA "/npm";

using steps = std::map<int, std::function<void()>>;
using exceptions = std::map<int, std::set<std::string>>;

/// Sends all recordings in order. What happened between them without being
/// recorded is in `before`.
void replay_all(npm_replay& replay, const std::vector<recording>& all,
                const steps& before, const exceptions& ignored) {
  for (const auto& x : all)
    BOOST_TEST_CONTEXT(x.number << " " << x.name) {
      if (auto i = before.find(x.number); i != before.end())
        i->second();
      const auto i = ignored.find(x.number);
      const auto answer = replay.send(x);
      for (const auto& line : differences(
             x, answer,
             i != ignored.end() ? i->second : std::set<std::string>{}))
        BOOST_ERROR(line);
    }
}

/// What is different on purpose, by recording.
const exceptions& different_in_2_15() {
  static const exceptions all{
    // Recorded from a source tree, which has no version.
    {1, {"/version/major", "/version/minor", "/version/revision"}},
    // Cut down when it was recorded; the next test looks at it.
    {88, {"/info/version", "/info/description", "/servers", "/paths"}},
    // Only the head of the log was recorded, after unrecorded entries.
    {124, {"/#", "/0/id"}},
  };
  return all;
}

/// What was done between the recordings: users, permissions, faults.
steps unrecorded_steps(const npm_standin_process& standin, npm_replay& replay) {
  auto control = [&standin](const char* path, const char* body) {
    return [&standin, path, body] { standin.control("POST", path, body); };
  };
  auto permit = [&replay](const char* body) {
    return
      [&replay, body] { replay.prepare("PUT", "/users/2/permissions", body); };
  };
  return {
    {71, control("/control/reserved-domains",
                 R"({"domain_names":["redir.example.test"]})")},
    {77, control("/control/break-nginx", R"({"on":true})")},
    {84, control("/control/break-nginx", R"({"on":false})")},
    {92, [&] { replay.log_in("bot@example.com", "bot-password-1"); }},
    {98, permit(R"({"proxy_hosts":"view"})")},
    {101, permit(R"({"proxy_hosts":"hidden"})")},
    {102,
     [&] { replay.prepare("PUT", "/users/2", R"({"is_disabled":true})"); }},
    {105,
     [&] {
       standin.control(
         "POST", "/control/users",
         R"({"email":"two@example.com","password":"two-password-1"})");
       replay.log_in("two@example.com", "two-password-1");
     }},
    {114, [&] { replay.be_challenged(); }},
    {115, [&] { replay.be_admin(); }},
    {117, control("/control/certificates",
                  R"({"id":1,"common_name":"tls.example.test"})")},
    {124,
     [&] {
       replay.prepare("DELETE", "/nginx/proxy-hosts/6");
       replay.prepare("DELETE", "/nginx/access-lists/1");
     }},
    {130, control("/control/fail-next", R"({"status":502})")},
  };
}

/// Creates and deletes hosts, so that the next one gets the recorded id.
void use_up_ids(const npm_replay& replay, int count) {
  for (auto id = 1; id <= count; ++id) {
    replay.prepare("POST", "/nginx/proxy-hosts",
                   R"({"domain_names":["gone.test"],"forward_scheme":"http",)"
                   R"("forward_host":"127.0.0.1","forward_port":1})");
    replay.prepare("DELETE", "/nginx/proxy-hosts/" + std::to_string(id));
  }
}

void replay_legacy(const std::string& version, const std::string& line,
                   int used_ids) {
  npm_standin_process standin{{.version_profile = line}};
  npm_replay replay{standin};
  const steps before{
    {15, [&] { use_up_ids(replay, used_ids); }},
    {26,
     [&] {
       standin.control("POST", "/control/users",
                       R"({"email":"viewer@example.com","password":"viewer-1",)"
                       R"("permissions":{"proxy_hosts":"view"}})");
       replay.log_in("viewer@example.com", "viewer-1");
     }},
    {29, [&] { replay.be_admin(); }},
  };
  const auto all = load_recordings({folder / "legacy" / version});
  BOOST_TEST(all.size() == 29u);
  replay_all(replay, all, before,
             {{1, {"/version/major", "/version/minor", "/version/revision"}}});
}

} // namespace

BOOST_AUTO_TEST_CASE(every_recorded_exchange_of_2_15_is_reproduced) {
  npm_standin_process standin{{.with_https = true}};
  npm_replay replay{standin};
  const auto all = load_recordings({folder, folder / "extra"});
  BOOST_TEST(all.size() == 129u);
  replay_all(replay, all, unrecorded_steps(standin, replay),
             different_in_2_15());
}

BOOST_AUTO_TEST_CASE(every_recorded_exchange_of_2_12_is_reproduced) {
  replay_legacy("2.12.6", "2.12", 2);
}

BOOST_AUTO_TEST_CASE(every_recorded_exchange_of_2_11_is_reproduced) {
  replay_legacy("2.11.3", "2.11", 4);
}

BOOST_AUTO_TEST_CASE(the_schema_lists_only_routes_of_the_real_server) {
  npm_standin_process standin;
  const auto response = exchange({"GET", standin.api_url() + "/schema"});
  const auto answer = json::parse(response.body).value();
  BOOST_TEST(answer.at("info").at("version").text() == "2.15.1");
  const auto all = load_recordings({folder / "extra"});
  const auto recorded = std::ranges::find(all, 88, &recording::number);
  const auto& known = recorded->response.at("body").at("paths");
  BOOST_TEST(answer.at("paths").members().size() > 15u);
  for (const auto& [path, methods] : answer.at("paths").members())
    for (const auto& [method, ignored] : methods.members())
      BOOST_TEST(known.at(path).dump().find('"' + method + '"')
                   != std::string::npos,
                 method << " " << path);
}
