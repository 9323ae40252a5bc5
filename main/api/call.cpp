#include "main/api/call.hpp"

#include "main/api/problem.hpp"
#include "main/json_lines.hpp"
#include "messages/error.hpp"

#include <boost/algorithm/string/join.hpp>

namespace dw::api {

namespace {

// Whoever gets one of these may come again.
constexpr int too_many_requests = 429;
constexpr int service_unavailable = 503;
constexpr auto retry_after_seconds = "1";

void answer(const responder& out, int status, const char* type,
            std::string body, std::vector<http_header> headers) {
  headers.push_back({"Content-Type", secret{type}});
  headers.push_back({"Cache-Control", secret{"no-store"}});
  out.answer({status, std::move(headers), std::move(body) + "\n"});
}

} // namespace

void answer_json(const responder& out, int status, std::string json,
                 std::vector<http_header> headers) {
  answer(out, status, "application/json", std::move(json), std::move(headers));
}

void answer_accepted(const responder& out, const std::string& id) {
  answer_json(out, 202, json_line{"accepted"}.add("deploy_id", id).str(),
              {{"Location", secret{"/v1/deploys/" + id}}});
}

void answer_problem(const responder& out, const caf::error& err) {
  answer_problem(out, status_of(err), err);
}

void answer_problem(const responder& out, int status, const caf::error& err,
                    std::vector<http_header> headers) {
  if (status == too_many_requests || status == service_unavailable)
    headers.push_back({"Retry-After", secret{retry_after_seconds}});
  answer(out, status, "application/problem+json", problem_json(status, err),
         std::move(headers));
}

void answer_forbidden(const responder& out, std::string operation,
                      std::string object, scope needed) {
  answer_problem(
    out, 403,
    make_failure(errc::forbidden,
                 {.operation = std::move(operation),
                  .object = std::move(object),
                  .reply = "the token may not do this",
                  .hint = "It needs the scope " + to_string(needed) + "."}));
}

std::string list_json(const std::vector<std::string>& items) {
  return R"({"items":[)" + boost::join(items, ",") + "]}";
}

} // namespace dw::api
