#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dw::sim {

/// The headers of every JSON answer of an engine.
std::string_view engine_headers();

/// `{"message":TEXT}`, as engines report errors.
std::string error_body(std::string_view text);

/// The values of one key of the `filters` parameter; both of its forms are
/// understood. Empty for what is not there.
std::vector<std::string>
filter_values(const std::string& filters, const char* key);

/// A container as the simulated engine knows it. The JSON texts are made once.
struct container {
  std::string id;
  std::string name;
  std::string image;
  std::map<std::string, std::string> labels;
  std::string labels_json;
  std::string env_json;
  /// HostConfig as it was sent.
  std::string host_json;
  std::string network_id;
  std::string aliases_json;
  uint16_t container_port = 0;
  /// 0 unless it runs.
  uint16_t host_port = 0;
  int64_t created = 0;
  std::string state = "created";
  std::string health = "starting";
  int exit_code = 0;
  /// Grows with each start, so that a late health check is noticed.
  uint64_t starts = 0;
};

/// Appends what `GET /containers/ID/json` answers.
void put_inspection(std::string& to, const container& x,
                    std::string_view network_name);

/// Appends an entry of `GET /containers/json`.
void put_list_entry(std::string& to, const container& x,
                    std::string_view network_name);

/// What `GET /images/R:T/json` answers.
std::string
image_inspection(const std::string& repository, const std::string& tag);

/// What `GET /networks` has for one network.
std::string network_entry(const std::string& name, const std::string& id);

/// The lines of a pull's stream. @param is_new Whether layers are downloaded.
const std::vector<std::string>& pull_lines(bool is_new);

/// The id of the one image that there is.
const std::string& image_id();

} // namespace dw::sim
