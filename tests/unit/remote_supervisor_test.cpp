#include "main/remote/supervisor.hpp"

#include "main/api/problem.hpp"
#include "main/json_lines.hpp"
#include "messages/error.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::remote;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

constexpr auto get = http_method::get;
constexpr auto post = http_method::post;

/// Keeps the events that come.
struct listener_state {
  std::vector<deploy_event> events;
  std::vector<deploy_report> reports;
};

deploy_listener_actor::behavior_type
listener(deploy_listener_actor::pointer,
         std::shared_ptr<listener_state> state) {
  return {
    [state](const deploy_event& x) { state->events.push_back(x); },
    [state](const deploy_report& x) { state->reports.push_back(x); },
  };
}

deploy_event make_event(deploy_phase phase, const std::string& id = "d1") {
  deploy_event x;
  x.deploy_id = id;
  x.project = "shop";
  x.stage = "prod";
  x.phase = phase;
  return x;
}

deploy_report make_report(const std::string& id = "d1") {
  deploy_report x;
  x.deploy_id = id;
  x.project = "shop";
  x.stage = "prod";
  x.outcome = deploy_outcome::deployed;
  return x;
}

work_record make_record() {
  work_record x;
  x.work.deploy_id = "d1";
  x.work.spec.project = "shop";
  x.work.spec.stage = "prod";
  return x;
}

work_record finished() {
  auto x = make_record();
  x.finished = x.accepted;
  x.report = make_report();
  return x;
}

std::string sse(int number, const std::string& type, const std::string& data) {
  return "id: e-" + std::to_string(number) + "\nevent: " + type
         + "\ndata: " + data + "\n\n";
}

std::string sse(int number, const deploy_event& x) {
  return sse(number, "event", to_json(x));
}

std::string sse(int number, const deploy_report& x) {
  return sse(number, "report", to_json(x));
}

std::string accepted(const std::string& id = "d1") {
  return R"({"type":"accepted","deploy_id":")" + id + "\"}";
}

struct fixture : actor_fixture {
  fixture() {
    policy.patience = 10s;
    policy.first_delay = 100ms;
    policy.max_delay = 1s;
    policy.look_interval = 500ms;
    policy.attempts = 3;
    server.display = "/x";
    actor = keep(sys.spawn(remote::supervisor, http.actor(), server, policy,
                           [this] { return std::to_string(++keys); }));
    ask<done>(actor, deploy_listener_actor{keep(sys.spawn(listener, seen))});
  }

  scripted_exchange& on_stream() {
    return http.on(get, "/v1/events");
  }

  scripted_exchange& on_submit() {
    return http.on(post, "/v1/deploys");
  }

  scripted_exchange& on_look() {
    return http.on(get, "/v1/deploys/d1");
  }

  scripted_exchange& on_cancel() {
    return http.on(post, "/v1/deploys/d1/cancel");
  }

  pending<deploy_report> submit() {
    submit_work work;
    work.spec.project = "shop";
    work.spec.stage = "prod";
    auto result = request<deploy_report>(actor, work);
    run();
    return result;
  }

  /// Work that was accepted, and its stream.
  struct accepted_work {
    scripted_exchange& stream;
    pending<deploy_report> report;
  };

  accepted_work submit_accepted() {
    auto& stream = on_stream().chunk(":\n\n");
    on_submit().answer(202, accepted());
    auto report = submit();
    BOOST_TEST(!report.ready());
    return {stream, report};
  }

  void cancel_all() {
    ask<done>(actor, cancel_work{});
  }

  std::string header(const scripted_exchange& x, const std::string& name) {
    for (const auto& header : x.request().headers)
      if (header.name == name)
        return header.value.reveal();
    return {};
  }

  int keys = 0;
  std::shared_ptr<listener_state> seen = std::make_shared<listener_state>();
  follow_policy policy;
  server_address server;
  scripted_http http{*this};
  supervisor_impl actor;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_remote_supervisor, fixture)

BOOST_AUTO_TEST_CASE(work_is_asked_for_when_its_events_can_be_seen) {
  auto& stream = on_stream();
  auto report = submit();
  BOOST_TEST(http.log().size() == 1u);
  auto& asked = on_submit().answer(202, accepted());
  stream.chunk({});
  run();
  BOOST_TEST(header(asked, "Idempotency-Key") == "1");
  stream.chunk(sse(1, make_event(deploy_phase::gating))
               + sse(2, make_report()));
  run();
  BOOST_TEST(report.value().deploy_id == "d1");
  BOOST_TEST(seen->reports.size() == 1u);
  BOOST_REQUIRE(seen->events.size() == 1u);
  BOOST_TEST((seen->events.front().phase == deploy_phase::gating));
}

BOOST_AUTO_TEST_CASE(events_before_the_answer_are_not_lost) {
  auto& stream = on_stream().chunk(":\n\n");
  auto& asked = on_submit();
  auto report = submit();
  stream.chunk(sse(1, make_event(deploy_phase::queued))
               + sse(2, make_event(deploy_phase::queued, "other"))
               + sse(3, make_report()));
  run();
  BOOST_TEST(seen->events.empty());
  asked.answer(202, accepted());
  run();
  BOOST_TEST(report.value().deploy_id == "d1");
  BOOST_TEST(seen->events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_work_of_others_is_not_told) {
  auto [stream, report] = submit_accepted();
  stream.chunk(sse(1, make_event(deploy_phase::gating, "other"))
               + sse(2, make_report("other")));
  run();
  BOOST_TEST(seen->events.empty());
  BOOST_TEST(!report.ready());
  stream.chunk(sse(3, make_report()));
  run();
  BOOST_TEST(report.ready());
}

BOOST_AUTO_TEST_CASE(several_pieces_of_work_share_a_stream) {
  auto& stream = on_stream().chunk(":\n\n");
  on_submit().answer(202, accepted());
  auto one = submit();
  on_submit().answer(202, accepted("d2"));
  auto two = submit();
  stream.chunk(sse(1, make_report("d2")) + sse(2, make_report()));
  run();
  BOOST_TEST(one.value().deploy_id == "d1");
  BOOST_TEST(two.value().deploy_id == "d2");
}

// -- refusals -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_told_at_once) {
  on_stream().fail(errc::connection_refused, "nobody listens");
  auto report = submit();
  BOOST_TEST((code_of(report.error()) == errc::connection_refused));
  auto x = failure_of(report.error());
  BOOST_TEST(x.operation == "deploy");
  BOOST_TEST(x.object == "shop/prod");
  BOOST_TEST(x.hint.find("docker-watcher serve") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_token_that_is_refused_is_told_at_once) {
  auto err = make_failure(errc::unauthorized, {.operation = "serve"});
  auto text = api::problem_json(401, err);
  on_stream()
    .chunk(text.substr(0, 9), 401)
    .chunk(text.substr(9), 401)
    .answer(401);
  auto report = submit();
  BOOST_TEST((code_of(report.error()) == errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(work_that_is_refused_is_not_asked_for_again) {
  on_stream().chunk(":\n\n");
  auto err = make_failure(errc::stage_busy, {.reply = "process 1 has it"});
  on_submit().answer(409, api::problem_json(409, err));
  auto report = submit();
  BOOST_TEST((code_of(report.error()) == errc::stage_busy));
}

// -- answers that are lost ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_without_an_answer_is_repeated_with_its_key) {
  auto& stream = on_stream().chunk(":\n\n");
  auto& first = on_submit().fail(errc::connection_lost);
  auto report = submit();
  auto& second = on_submit().answer(202, accepted());
  advance(100ms);
  BOOST_TEST(header(first, "Idempotency-Key")
             == header(second, "Idempotency-Key"));
  BOOST_TEST(first.request().body == second.request().body);
  stream.chunk(sse(1, make_report()));
  run();
  BOOST_TEST(report.ready());
}

BOOST_AUTO_TEST_CASE(work_may_have_ended_before_its_answer_came) {
  on_stream().chunk(":\n\n");
  on_submit().fail(errc::connection_lost);
  auto report = submit();
  on_submit().answer(202, accepted());
  on_look().answer(200, to_json(finished(), nullptr));
  advance(1s);
  BOOST_TEST(report.value().deploy_id == "d1");
}

BOOST_AUTO_TEST_CASE(a_request_is_repeated_only_so_often) {
  on_stream().chunk(":\n\n");
  auto& asked = on_submit().fail(errc::timed_out).always();
  auto report = submit();
  advance(10s);
  BOOST_TEST((code_of(report.error()) == errc::timed_out));
  BOOST_TEST(asked.requests().size() == 3u);
}

// -- streams that end ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stream_that_ends_goes_on_where_it_was) {
  auto [stream, report] = submit_accepted();
  stream.chunk(sse(41, make_event(deploy_phase::gating)) + "id: e-42\n");
  stream.fail(errc::connection_lost, "it is gone");
  run();
  BOOST_REQUIRE(seen->events.size() == 2u);
  BOOST_TEST(seen->events.back().retrying);
  BOOST_TEST((seen->events.back().phase == deploy_phase::gating));
  auto& next = on_stream().chunk(sse(42, make_event(deploy_phase::routing)));
  on_look().answer(200, to_json(make_record(), nullptr));
  advance(100ms);
  BOOST_TEST(header(next, "Last-Event-ID") == "e-41");
  BOOST_TEST(seen->events.size() == 3u);
  next.chunk(sse(43, make_report()));
  run();
  BOOST_TEST(report.ready());
}

BOOST_AUTO_TEST_CASE(work_that_ended_meanwhile_is_found) {
  auto [stream, report] = submit_accepted();
  stream.answer(200);
  on_stream().chunk(":\n\n");
  on_look().answer(200, to_json(finished(), nullptr));
  advance(100ms);
  BOOST_TEST((report.value().outcome == deploy_outcome::deployed));
}

BOOST_AUTO_TEST_CASE(resumed_work_is_looked_at_until_it_ends) {
  auto [stream, report] = submit_accepted();
  stream.fail(errc::connection_lost);
  on_stream().chunk(sse(1, "gap", "{}"));
  auto& open = on_look().answer(200, to_json(make_record(), nullptr)).always();
  advance(1s);
  BOOST_TEST(open.requests().size() > 1u);
  BOOST_TEST(!report.ready());
}

BOOST_AUTO_TEST_CASE(a_gap_makes_it_look) {
  auto [stream, report] = submit_accepted();
  stream.chunk(sse(7, "gap", "{}"));
  on_look().answer(200, to_json(finished(), nullptr));
  run();
  BOOST_TEST(report.ready());
}

BOOST_AUTO_TEST_CASE(a_finished_phase_without_a_report_makes_it_look) {
  auto [stream, report] = submit_accepted();
  stream.chunk(sse(7, make_event(deploy_phase::finished)));
  run();
  on_look().answer(200, to_json(finished(), nullptr));
  advance(500ms);
  BOOST_TEST(report.ready());
}

BOOST_AUTO_TEST_CASE(a_server_that_stays_away_is_given_up) {
  auto [stream, report] = submit_accepted();
  stream.fail(errc::connection_lost);
  on_stream().fail(errc::connection_refused, "nobody listens").always();
  advance(9s);
  BOOST_TEST(!report.ready());
  advance(3s);
  BOOST_TEST((code_of(report.error()) == errc::service_restarted));
  auto x = failure_of(report.error());
  BOOST_TEST(x.object == "d1");
  BOOST_TEST(x.reply == "nobody listens");
  BOOST_TEST(x.hint.find("docker-watcher history d1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_us_no_more_is_told) {
  auto [stream, report] = submit_accepted();
  stream.fail(errc::connection_lost);
  on_stream().chunk("{}", 401).answer(401);
  advance(100ms);
  BOOST_TEST((code_of(report.error()) == errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(an_endless_event_ends_the_stream) {
  auto [stream, report] = submit_accepted();
  stream.chunk("data: " + std::string(2'000'000, 'x'));
  run();
  BOOST_TEST(stream.cancelled());
  BOOST_TEST((code_of(report.error()) == errc::too_large));
}

// -- cancelling ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(work_is_cancelled_at_the_server) {
  auto [stream, report] = submit_accepted();
  on_cancel().answer(202, accepted());
  cancel_all();
  BOOST_TEST(!report.ready());
  auto end = make_report();
  end.outcome = deploy_outcome::cancelled;
  stream.chunk(sse(1, end));
  run();
  BOOST_TEST((report.value().outcome == deploy_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(work_is_cancelled_when_its_id_is_known) {
  on_stream().chunk(":\n\n");
  auto& asked = on_submit();
  auto report = submit();
  cancel_all();
  auto& cancelled = on_cancel().answer(202, accepted());
  asked.answer(202, accepted());
  run();
  BOOST_TEST(cancelled.asked());
  BOOST_TEST(!report.ready());
}

BOOST_AUTO_TEST_CASE(work_that_was_not_asked_for_is_just_dropped) {
  on_stream();
  auto report = submit();
  cancel_all();
  BOOST_TEST((code_of(report.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(a_new_server_is_told_to_cancel_again) {
  auto [stream, report] = submit_accepted();
  on_cancel().answer(202, accepted());
  cancel_all();
  stream.fail(errc::connection_lost);
  on_stream().chunk(sse(1, "gap", "{}"));
  auto& again = on_cancel().answer(202, accepted());
  on_look().answer(200, to_json(make_record(), nullptr)).always();
  advance(2s);
  BOOST_TEST(again.requests().size() == 1u);
  BOOST_TEST(!report.ready());
}

BOOST_AUTO_TEST_SUITE_END()
