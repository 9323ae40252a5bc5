#include "main/exit_status.hpp"

#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <set>

using namespace dw;

namespace dw {

std::ostream& operator<<(std::ostream& out, exit_status x) {
  return out << static_cast<int>(x);
}

} // namespace dw

namespace {

exit_status status_of_code(errc code) {
  return status_of(make_failure(code, {}));
}

deploy_report
make_report(deploy_outcome outcome, deploy_phase phase, caf::error error) {
  deploy_report result;
  result.outcome = outcome;
  result.phase = phase;
  result.error = std::move(error);
  return result;
}

deploy_report failed_report(deploy_phase phase, errc code) {
  return make_report(deploy_outcome::failed, phase, make_failure(code, {}));
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_exit_status)

BOOST_AUTO_TEST_CASE(its_numbers_are_a_contract) {
  BOOST_TEST(static_cast<int>(exit_status::done) == 0);
  BOOST_TEST(static_cast<int>(exit_status::failed) == 1);
  BOOST_TEST(static_cast<int>(exit_status::usage) == 2);
  BOOST_TEST(static_cast<int>(exit_status::unreachable) == 3);
  BOOST_TEST(static_cast<int>(exit_status::interrupted) == 130);
}

BOOST_AUTO_TEST_CASE(every_code_has_a_status) {
  const std::set<errc> unreachable{
    errc::socket_missing,    errc::socket_denied, errc::connection_refused,
    errc::name_not_resolved, errc::tls_failed,    errc::connection_lost,
    errc::timed_out,         errc::unauthorized,  errc::forbidden,
    errc::version_mismatch};
  for (int i = 1; i <= static_cast<int>(last_errc); ++i) {
    auto code = static_cast<errc>(i);
    auto expected = code == errc::invalid_argument ? exit_status::usage
                    : code == errc::cancelled      ? exit_status::interrupted
                    : unreachable.contains(code)   ? exit_status::unreachable
                                                   : exit_status::failed;
    BOOST_TEST(status_of_code(code) == expected, to_string(code));
  }
}

BOOST_AUTO_TEST_CASE(success_and_cancellation_depend_on_the_outcome_alone) {
  for (int i = 0; i <= static_cast<int>(last_deploy_phase); ++i) {
    auto phase = static_cast<deploy_phase>(i);
    BOOST_TEST(status_of(make_report(deploy_outcome::deployed, phase, {}))
               == exit_status::done);
    BOOST_TEST(status_of(make_report(deploy_outcome::cancelled, phase,
                                     make_failure(errc::cancelled, {})))
               == exit_status::interrupted);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_is_not_there_to_begin_with_is_unreachable) {
  for (auto phase :
       {deploy_phase::queued, deploy_phase::pulling, deploy_phase::preparing})
    BOOST_TEST(status_of(failed_report(phase, errc::connection_refused))
               == exit_status::unreachable);
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_away_in_the_middle_is_a_failure) {
  for (auto phase :
       {deploy_phase::creating, deploy_phase::gating, deploy_phase::routing,
        deploy_phase::verifying, deploy_phase::soaking})
    BOOST_TEST(status_of(failed_report(phase, errc::connection_refused))
               == exit_status::failed);
}

exit_status status_of_pull(errc code) {
  return status_of(
    make_report(deploy_outcome::failed, deploy_phase::pulling,
                make_failure(code, {.operation = "pull image"})));
}

BOOST_AUTO_TEST_CASE(a_registry_that_refuses_or_stalls_is_a_failure) {
  for (auto code : {errc::unauthorized, errc::forbidden, errc::timed_out})
    BOOST_TEST(status_of_pull(code) == exit_status::failed, to_string(code));
}

BOOST_AUTO_TEST_CASE(an_engine_that_is_not_there_to_pull_is_unreachable) {
  for (auto code :
       {errc::socket_missing, errc::socket_denied, errc::connection_refused})
    BOOST_TEST(status_of_pull(code) == exit_status::unreachable,
               to_string(code));
}

BOOST_AUTO_TEST_CASE(a_container_that_does_not_get_healthy_is_a_failure) {
  BOOST_TEST(status_of(failed_report(deploy_phase::gating, errc::unhealthy))
             == exit_status::failed);
}

BOOST_AUTO_TEST_CASE(the_gravest_of_several_counts) {
  using enum exit_status;
  BOOST_TEST(gravest({}) == done);
  BOOST_TEST(gravest({done, done}) == done);
  BOOST_TEST(gravest({done, usage}) == usage);
  BOOST_TEST(gravest({usage, unreachable, done}) == unreachable);
  BOOST_TEST(gravest({unreachable, failed, usage}) == failed);
  BOOST_TEST(gravest({failed, interrupted, unreachable}) == interrupted);
}

BOOST_AUTO_TEST_SUITE_END()
