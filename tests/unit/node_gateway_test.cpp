// What a node lets controllers do, and what it does not.

#include "actors/node_gateway.hpp"

#include "actors/deploy_supervisor.hpp"
#include "actors/node_proof.hpp"
#include "messages/naming.hpp"
#include "tests/support/deployment_fixture.hpp"
#include "tests/support/scripted_journal.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

constexpr auto token_id = "0123abcd";
constexpr auto first_id = "0123456789ab";

using summaries = std::vector<container_summary>;
using lines = std::vector<log_line>;

/// An engine and a container manager that have one container of ours, "ours",
/// and one of somebody else, "foreign".
struct scripted_containers {
  static container_info describe(const std::string& id) {
    container_info result;
    result.id = id + "-pinned";
    if (id == "ours")
      result.labels = {{label::project, "shop"}, {label::stage, "prod"}};
    return result;
  }

  caf::actor spawn(caf::actor_system& sys) {
    return sys.spawn([this](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(caf::drop);
      return {
        [](const ping_engine&) { return engine_info{}; },
        [this](const list_containers& x) {
          listed = x;
          return summaries(1);
        },
        [](const inspect_container& x) { return describe(x.id); },
        [this](const read_logs& x) {
          read.push_back(x.id);
          return lines{{x.options.ticket, false, "one"}};
        },
        [this, self](const read_logs& x, const log_listener_actor& to) {
          read.push_back(x.id);
          reader = to;
          self->send(to, log_line{x.options.ticket, false, "one"});
          return self->make_response_promise<done>();
        },
      };
    });
  }

  list_containers listed;
  std::vector<std::string> read;
  log_listener_actor reader;
};

struct fixture : deployment_fixture {
  fixture() {
    publish("1");
    publish("2");
    engine = keep(containers.spawn(sys));
    borrower = keep(sys.spawn(proxy_link));
    start(true);
  }

  ~fixture() override {
    stop();
  }

  void start(bool borrows) {
    node_parts parts;
    parts.svc = world.handles();
    parts.svc.journal = journal.handle();
    if (!supervisor)
      supervisor
        = keep(sys.spawn(deploy_supervisor, parts.svc, supervisor_policy{}));
    parts.supervisor = supervisor;
    parts.worker = supervisor;
    parts.svc.engine = caf::actor_cast<engine_gateway_actor>(engine);
    parts.svc.containers = caf::actor_cast<container_manager_actor>(engine);
    gateway_settings settings;
    settings.name = "alpha";
    settings.version = "0.2.0";
    settings.clients = [this](const std::string& id) {
      return id == token_id && may
               ? caf::optional<node_client>{node_client{"ci", key, *may}}
               : caf::none;
    };
    if (borrows) {
      parts.borrower = borrower;
    } else {
      deploy_spec own;
      own.forward_host = "10.0.0.7";
      own.publish_on = "10.0.0.7";
      own.verify_url = "http://10.0.0.7";
      settings.own_routes = own;
    }
    aut = spawn_node_gateway(sys, parts, settings);
    run();
  }

  void stop() {
    caf::anon_send(aut, end_node_gateway{});
    run();
  }

  // A controller, which lives until it is killed.
  caf::actor make_controller() {
    return keep(sys.spawn([this](caf::event_based_actor* me) -> caf::behavior {
      return {
        [this, me](const node_login& x) {
          me->request(node_gateway_actor{aut}, caf::infinite, x)
            .then([this](const node_welcome& y) { welcome = y; },
                  [this](const caf::error& err) { refusal = err; });
        },
      };
    }));
  }

  node_pass log_in(node_right right) {
    may = right;
    auto nonce = make_nonce();
    auto x = ask<node_challenge>(aut, node_hello{token_id, nonce, "0.1.0"});
    BOOST_TEST((x && x->version == "0.2.0"));
    BOOST_REQUIRE(x);
    controller = make_controller();
    caf::anon_send(controller,
                   node_login{x->nonce, prove(node_party::controller, key,
                                              nonce, x->nonce)});
    run();
    BOOST_REQUIRE(welcome);
    return welcome->pass;
  }

  submit_work
  work_of(const std::string& tag, const std::string& id = first_id) {
    submit_work result{stage_action::deploy, make_spec(tag)};
    result.deploy_id = id;
    return result;
  }

  template <class T, class... Ts>
  errc code_of_asking(const Ts&... xs) {
    auto answer = ask<T>(aut, xs...);
    return answer ? errc{} : code_of(answer.error());
  }

  // Asks for everything that takes a pass.
  // @returns the codes of those that need a right to look, to work, to remove.
  std::array<std::vector<errc>, 3> try_all(const node_pass& pass) {
    auto removal = work_of("1", "00000000000a");
    removal.action = stage_action::remove;
    auto listener = caf::actor_cast<deploy_listener_actor>(engine);
    auto reader = caf::actor_cast<log_listener_actor>(engine);
    auto lent = caf::actor_cast<lent_proxy_actor>(engine);
    return {{{
               code_of_asking<work_record>(pass, read_work{first_id}),
               code_of_asking<done>(pass, listener),
               code_of_asking<std::vector<drift>>(pass, list_drift{}),
               code_of_asking<engine_info>(pass, ping_engine{}),
               code_of_asking<summaries>(pass, list_containers{}),
               code_of_asking<lines>(pass, read_logs{{}, "ours"}),
               code_of_asking<done>(pass, read_logs{{}, "foreign"}, reader),
             },
             {
               code_of_asking<done>(pass, cancel_work{}),
               code_of_asking<done>(pass, look_after{}),
               code_of_asking<done>(pass, lent, node_pass{}),
               code_of_asking<done>(pass, work_of("1")),
             },
             {code_of_asking<done>(pass, removal)}}};
  }

  static bool all_are(const std::vector<errc>& xs, errc expected) {
    return std::all_of(xs.begin(), xs.end(),
                       [=](errc x) { return x == expected; });
  }

  size_t count_entry(const std::string& text) const {
    return static_cast<size_t>(
      std::count(journal.entries.begin(), journal.entries.end(), text));
  }

  const secret key{std::string(64, 'a')};
  scripted_journal journal{*this};
  scripted_containers containers;
  caf::actor engine;
  proxy_link_impl borrower;
  deploy_supervisor_impl supervisor;
  node_gateway_impl aut;
  caf::optional<node_right> may = node_right::look;
  caf::actor controller;
  caf::optional<node_welcome> welcome;
  caf::error refusal;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_node_gateway, fixture)

BOOST_AUTO_TEST_CASE(lets_in_who_knows_a_token) {
  log_in(node_right::look);
  BOOST_TEST(!welcome->has_proxy);
}

BOOST_AUTO_TEST_CASE(lets_nobody_in_whose_end_it_could_not_notice) {
  auto nonce = make_nonce();
  auto x = ask<node_challenge>(aut, node_hello{token_id, nonce, ""});
  BOOST_REQUIRE(x);
  caf::anon_send(
    node_gateway_actor{aut},
    node_login{x->nonce, prove(node_party::controller, key, nonce, x->nonce)});
  run();
  // The challenge was not spent for it.
  controller = make_controller();
  caf::anon_send(controller, node_login{x->nonce, prove(node_party::controller,
                                                        key, nonce, x->nonce)});
  run();
  BOOST_CHECK(welcome);
}

BOOST_AUTO_TEST_CASE(does_nothing_without_a_pass) {
  for (const auto& xs : try_all({secret{std::string(64, '0')}}))
    BOOST_TEST(all_are(xs, errc::unauthorized));
  BOOST_TEST(journal.entries.empty());
  BOOST_TEST(containers.read.empty());
}

BOOST_AUTO_TEST_CASE(lets_those_look_who_may_look) {
  auto [look, work, remove] = try_all(log_in(node_right::look));
  BOOST_CHECK(look.back() == errc::not_found); // not ours
  look.pop_back();
  BOOST_TEST(all_are(look, errc{}));
  BOOST_TEST(all_are(work, errc::forbidden));
  BOOST_TEST(all_are(remove, errc::forbidden));
  BOOST_TEST(journal.entries.empty());
}

BOOST_AUTO_TEST_CASE(lets_those_deploy_who_may_deploy) {
  auto [look, work, remove] = try_all(log_in(node_right::work));
  BOOST_TEST(all_are(work, errc{}));
  BOOST_TEST(all_are(remove, errc::forbidden));
  BOOST_TEST(count_entry("accepted deploy") == 1u);
  BOOST_TEST(count_entry("accepted remove") == 0u);
}

BOOST_AUTO_TEST_CASE(lets_those_remove_who_may_remove) {
  auto [look, work, remove] = try_all(log_in(node_right::remove));
  BOOST_TEST(all_are(remove, errc{}));
}

BOOST_AUTO_TEST_CASE(a_pass_is_worthless_when_its_controller_is_gone) {
  auto pass = log_in(node_right::look);
  BOOST_CHECK(code_of_asking<engine_info>(pass, ping_engine{}) == errc{});
  kill(controller);
  BOOST_CHECK(code_of_asking<engine_info>(pass, ping_engine{})
              == errc::unauthorized);
}

BOOST_AUTO_TEST_CASE(a_pass_is_worthless_when_its_token_is_revoked) {
  auto pass = log_in(node_right::look);
  may = caf::none;
  BOOST_CHECK(code_of_asking<engine_info>(pass, ping_engine{})
              == errc::unauthorized);
}

// -- work ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_work_when_it_is_recorded) {
  auto pass = log_in(node_right::work);
  journal.holds = true;
  auto answer = request<done>(aut, pass, work_of("1"));
  run();
  BOOST_TEST(!answer.ready());
  journal.release_one();
  answer.value();
}

BOOST_AUTO_TEST_CASE(work_that_cannot_be_recorded_is_refused) {
  auto pass = log_in(node_right::work);
  journal.refused = "accepted deploy";
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc::storage_failed);
}

BOOST_AUTO_TEST_CASE(the_same_work_again_is_done_once) {
  auto pass = log_in(node_right::work);
  journal.holds = true;
  auto first = request<done>(aut, pass, work_of("1"));
  auto second = request<done>(aut, pass, work_of("1"));
  run();
  BOOST_TEST(!second.ready());
  journal.holds = false;
  journal.release_one();
  first.value();
  second.value();
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc{});
  BOOST_TEST(count_entry("accepted deploy") == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_about_to_stop_accepts_no_work) {
  auto pass = log_in(node_right::work);
  caf::anon_send(aut, close_node_gateway{});
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc::busy);
  BOOST_CHECK(code_of_asking<engine_info>(pass, ping_engine{}) == errc{});
}

BOOST_AUTO_TEST_CASE(other_work_of_the_same_id_is_a_conflict) {
  auto pass = log_in(node_right::work);
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc{});
  BOOST_CHECK(code_of_asking<done>(pass, work_of("2")) == errc::conflict);
}

BOOST_AUTO_TEST_CASE(knows_work_of_before_its_restart) {
  auto pass = log_in(node_right::work);
  journal.refused = "accepted deploy";
  journal.refusal = errc::conflict;
  journal.known.work = work_of("1");
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc{});
  BOOST_CHECK(code_of_asking<done>(pass, work_of("2")) == errc::conflict);
}

BOOST_AUTO_TEST_CASE(refuses_work_that_cannot_be_right) {
  auto pass = log_in(node_right::work);
  auto is_refused = [&](const auto& change) {
    auto x = work_of("1");
    change(x);
    return code_of_asking<done>(pass, x) == errc::invalid_argument;
  };
  BOOST_TEST(is_refused([](auto& x) { x.deploy_id.clear(); }));
  BOOST_TEST(is_refused([](auto& x) { x.deploy_id = "../../etc/sh"; }));
  BOOST_TEST(is_refused([](auto& x) { x.action = stage_action::repair; }));
  BOOST_TEST(is_refused([](auto& x) { x.action = stage_action{99}; }));
  BOOST_TEST(is_refused([](auto& x) { x.spec.project = "no/name"; }));
  BOOST_TEST(is_refused([](auto& x) { x.spec.pull = pull_policy{99}; }));
  BOOST_TEST(is_refused([](auto& x) { x.spec.timeout = 24h * 8; }));
  BOOST_TEST(is_refused([](auto& x) { x.spec.volumes.resize(1001, "a:/a"); }));
  BOOST_TEST(is_refused([](auto& x) { x.rollback_to = "no tag"; }));
  BOOST_TEST(is_refused([](auto& x) { x.not_serving = "x"; }));
  BOOST_TEST(is_refused([](auto& x) { x.asked_by.resize(201, 'x'); }));
  BOOST_TEST(journal.entries.empty());
}

BOOST_AUTO_TEST_CASE(tells_its_listeners_of_work_until_they_are_gone) {
  auto pass = log_in(node_right::work);
  std::vector<std::string> heard;
  auto listener = keep(sys.spawn([&heard](deploy_listener_actor::pointer me)
                                   -> deploy_listener_actor::behavior_type {
    return {
      [&heard, me](const deploy_event& x) {
        // Nobody to send to: see actors/remote_relay.hpp.
        BOOST_CHECK(!me->current_sender());
        heard.push_back(to_string(x.phase));
      },
      [&heard](const deploy_report& x) {
        heard.push_back(to_string(x.outcome));
      },
    };
  }));
  BOOST_CHECK(code_of_asking<done>(pass, deploy_listener_actor{listener})
              == errc{});
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc{});
  advance(10min);
  BOOST_REQUIRE(!heard.empty());
  BOOST_TEST(heard.front() == "queued");
  kill(listener);
  heard.clear();
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1", "0123456789ac"))
              == errc{});
  advance(10min);
  BOOST_TEST(heard.empty());
}

BOOST_AUTO_TEST_CASE(cancels_work) {
  auto pass = log_in(node_right::work);
  BOOST_CHECK(code_of_asking<done>(pass, work_of("1")) == errc{});
  BOOST_CHECK(code_of_asking<done>(pass, cancel_work{"", "", first_id})
              == errc{});
  advance(10min);
  BOOST_TEST(journal.entries.back() == "finished cancelled");
}

// -- the proxy ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(borrows_a_proxy) {
  auto pass = log_in(node_right::work);
  std::string shown;
  auto lender = keep(sys.spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {
      [&](const node_pass& x, const list_proxy_hosts&) {
        shown = x.value.reveal();
        return std::vector<proxy_host>(3);
      },
    };
  }));
  auto lent = caf::actor_cast<lent_proxy_actor>(lender);
  BOOST_CHECK(code_of_asking<done>(pass, lent, node_pass{secret{"for it"}})
              == errc{});
  auto hosts = ask<std::vector<proxy_host>>(borrower, list_proxy_hosts{});
  BOOST_REQUIRE(hosts);
  BOOST_TEST(hosts->size() == 3u);
  BOOST_TEST(shown == "for it");
  BOOST_CHECK(code_of_asking<done>(pass, lent_proxy_actor{}, node_pass{})
              == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(with_a_proxy_of_its_own_it_routes_as_it_knows) {
  stop();
  start(false);
  auto pass = log_in(node_right::work);
  BOOST_TEST(welcome->has_proxy);
  auto lent = caf::actor_cast<lent_proxy_actor>(engine);
  BOOST_CHECK(code_of_asking<done>(pass, lent, node_pass{}) == errc::rejected);
  std::vector<submit_work> accepted;
  journal.on_accepted = [&](const submit_work& x) { accepted.push_back(x); };
  auto x = work_of("1");
  x.spec.place.nodes = {"alpha"};
  x.asked_by = "cli:anna";
  BOOST_CHECK(code_of_asking<done>(pass, x) == errc{});
  BOOST_REQUIRE(accepted.size() == 1u);
  BOOST_TEST(accepted[0].spec.forward_host == "10.0.0.7");
  BOOST_TEST(accepted[0].spec.publish_on == "10.0.0.7");
  BOOST_TEST(accepted[0].spec.verify_url == "http://10.0.0.7");
  BOOST_TEST(accepted[0].spec.place.nodes.empty());
  BOOST_TEST(accepted[0].asked_by == "controller ci for cli:anna");
}

// -- the engine ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lists_containers_of_ours_only) {
  auto pass = log_in(node_right::look);
  list_containers x;
  x.labels = {{label::project, "shop"}};
  BOOST_CHECK(code_of_asking<summaries>(pass, x) == errc{});
  BOOST_TEST(containers.listed.labels.at(label::project) == "shop");
  BOOST_TEST(containers.listed.labels.contains(label::stage));
}

BOOST_AUTO_TEST_CASE(reads_logs_of_containers_of_ours_only) {
  auto pass = log_in(node_right::look);
  read_logs x{{0ms, 42}, "ours"};
  auto answer = ask<lines>(aut, pass, x);
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->at(0).text == "one");
  BOOST_TEST(answer->at(0).ticket == 42u);
  x.id = "foreign";
  BOOST_CHECK(code_of_asking<lines>(pass, x) == errc::not_found);
  BOOST_TEST(containers.read == std::vector<std::string>{"ours-pinned"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(follows_a_log_until_its_listener_is_gone) {
  auto pass = log_in(node_right::look);
  lines heard;
  auto listener = keep(sys.spawn([&heard](log_listener_actor::pointer me)
                                   -> log_listener_actor::behavior_type {
    return {
      [&heard, me](const log_line& x) {
        BOOST_CHECK(!me->current_sender());
        heard.push_back(x);
      },
    };
  }));
  read_logs x{{0ms, 42}, "ours", -1, true};
  auto answer = request<done>(aut, pass, x, log_listener_actor{listener});
  run();
  BOOST_TEST(!answer.ready());
  BOOST_REQUIRE(heard.size() == 1u);
  BOOST_TEST(heard[0].ticket == 42u);
  // Whom the container manager knows as the reader ends with the listener.
  bool is_reader_gone = false;
  containers.reader->attach_functor([&] { is_reader_gone = true; });
  kill(listener);
  BOOST_TEST(is_reader_gone);
  BOOST_TEST(answer.ready());
}

// -- whatever comes -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(survives_what_strangers_send) {
  auto anybody = caf::actor_cast<caf::actor>(aut);
  caf::anon_send(anybody, caf::make_error(caf::sec::runtime_error));
  caf::anon_send(anybody, std::string{"stray"}, 42);
  caf::anon_send(anybody, node_pass{}, done{});
  caf::anon_send(anybody, node_pass{}, work_of("1"));
  caf::anon_send(anybody, work_of("1"));
  caf::anon_send_exit(anybody, caf::exit_reason::kill);
  caf::anon_send_exit(anybody, caf::exit_reason::user_shutdown);
  run();
  log_in(node_right::look);
  BOOST_TEST(journal.entries.empty());
}

BOOST_AUTO_TEST_CASE(answers_a_request_that_it_does_not_know_with_an_error) {
  auto anybody = caf::actor_cast<caf::actor>(aut);
  BOOST_CHECK(!ask<done>(anybody, std::string{"what?"}));
  log_in(node_right::look);
}

BOOST_AUTO_TEST_SUITE_END()
