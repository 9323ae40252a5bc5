#include "messages/service.hpp"
#include "transports/docker_container_spec.hpp"
#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"
#include "transports/text.hpp"

#include <fmt/format.h>

namespace dw::docker {

namespace {

/// A request without a body about a container that is named by its full id.
/// @param target What follows the id.
caf::expected<http_request>
about(std::string_view operation, const std::string& id, http_method method,
      const std::string& target, std::chrono::milliseconds total) {
  if (auto err = check_id(operation, id))
    return err;
  return make_request(operation, id, method, "/containers/" + id + target,
                      total);
}

} // namespace

caf::expected<http_request> start_container(const std::string& id) {
  return about(operation::start, id, http_method::post, "/start", start_time);
}

caf::expected<http_request>
stop_container(const std::string& id, std::chrono::seconds grace) {
  if (auto err = check_grace(operation::stop, id, grace))
    return err;
  return about(operation::stop, id, http_method::post,
               fmt::format("/stop?t={}", grace.count()), grace + change_time);
}

caf::expected<http_request>
restart_container(const std::string& id, std::chrono::seconds grace) {
  if (auto err = check_grace(operation::restart, id, grace))
    return err;
  return about(operation::restart, id, http_method::post,
               fmt::format("/restart?t={}", grace.count()),
               grace + change_time + start_time);
}

caf::expected<http_request>
remove_container(const std::string& id, bool force) {
  return about(operation::remove, id, http_method::del,
               force ? "?v=1&force=1" : "?v=1", change_time);
}

bool is_being_removed(const http_response& response) {
  return response.status == 409
         && contains_text(failure_of(to_error(response)).reply,
                          "is already in progress");
}

caf::expected<http_request> await_removal(const std::string& id) {
  return about(operation::await_removal, id, http_method::post,
               "/wait?condition=removed", change_time);
}

caf::expected<http_request>
set_restart_policy(const std::string& id, const std::string& policy) {
  if (!is_restart_policy(policy))
    return bad_argument(operation::set_restart_policy, id,
                        clean_text(policy, 64) + " is no restart policy");
  auto result = about(operation::set_restart_policy, id, http_method::post,
                      "/update", change_time);
  if (result) {
    json::writer body;
    body.begin_object().key("RestartPolicy").begin_object();
    body.text("Name", policy).end_object().end_object();
    set_body(*result, body);
  }
  return result;
}

caf::expected<http_request>
rename_container(const std::string& id, const std::string& name) {
  if (!is_container_name(name))
    return bad_argument(operation::rename, id,
                        clean_text(name, 64)
                          + " cannot be the name of a container");
  return about(operation::rename, id, http_method::post,
               "/rename?name=" + percent_encode(name), change_time);
}

caf::expected<http_request> inspect_container(const std::string& id) {
  if (!is_full_id(id) && !is_container_name(id))
    return bad_argument(operation::inspect, id,
                        "this is neither the full id nor the name of a "
                        "container");
  return make_request(operation::inspect, id, http_method::get,
                      "/containers/" + id + "/json", query_time);
}

http_request list_containers(const std::map<std::string, std::string>& labels) {
  std::string target = "/containers/json?all=1";
  if (auto wanted = label_filter(labels); !wanted.empty())
    target += "&filters=" + percent_encode(wanted);
  return make_request(operation::list, {}, http_method::get, std::move(target),
                      query_time);
}

caf::expected<http_request> wait_container(const std::string& id) {
  auto result = about(operation::wait, id, http_method::post,
                      "/wait?condition=not-running", {});
  if (result)
    result->deadlines = endless(query_time);
  return result;
}

caf::expected<http_request>
logs(const std::string& id, int64_t tail, bool follow, bool timestamps) {
  std::string target = "/logs?stdout=1&stderr=1";
  if (timestamps)
    target += "&timestamps=1";
  if (follow)
    target += "&follow=1";
  if (tail >= 0)
    target += fmt::format("&tail={}", tail);
  auto result = is_swarm_id(id)
                  ? make_request(operation::logs, id, http_method::get,
                                 "/services/" + id + target, {})
                  : about(operation::logs, id, http_method::get, target, {});
  if (result) {
    result->deadlines = endless(query_time);
    // A log that is followed may be silent for as long as it likes.
    if (!follow)
      result->deadlines.idle = query_time;
  }
  return result;
}

caf::error check_done(const http_response& response) {
  auto op = std::string_view{response.operation};
  auto status = response.status;
  if (op == operation::await_removal && status == 200) {
    auto end = parse_container_exit(response);
    return end ? caf::none : std::move(end.error());
  }
  auto is_200
    = op == operation::connect || op == operation::set_restart_policy
      || op == operation::remove_image || op == operation::update_service
      || op == operation::scale_service || op == operation::rollback_service
      || op == operation::remove_service;
  if (status == (is_200 ? 200 : 204))
    return caf::none;
  // Nothing to do: it runs, or does not run, already.
  if (status == 304 && (op == operation::start || op == operation::stop))
    return caf::none;
  auto err = to_error(response);
  auto reply = failure_of(err).reply;
  auto is_done
    = ((op == operation::remove || op == operation::await_removal)
       && status == 404 && contains_text(reply, "no such container"))
      || (op == operation::rename && status == 400
          && contains_text(reply, "same name as its current name"))
      || ((op == operation::remove_network || op == operation::remove_service)
          && code_of(err) == errc::not_found)
      || (op == operation::connect && status == 403
          && contains_text(reply, "already exists in network"));
  return is_done ? caf::error{} : err;
}

} // namespace dw::docker
