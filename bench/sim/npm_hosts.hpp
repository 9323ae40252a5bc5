#pragma once

#include "bench/sim/recording.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dw::sim {

/// A proxy host: the JSON of each member that can be set, and what is served.
struct npm_host {
  int64_t id = 0;
  /// By the index of `settable_members`.
  std::array<std::string, 17> members;
  std::vector<std::string> domains;
  bool enabled = true;
  std::string instance_id;
  /// As it is in lists.
  std::string text;
};

/// The proxy hosts of one NPM.
class npm_hosts {
public:
  /// Makes a host. @returns null if a domain is taken, which `taken` then is.
  npm_host* create(const rapidjson::Value& body, std::string& taken);

  /// Changes the members that the body has. @returns as `create`.
  npm_host*
  update(npm_host& host, const rapidjson::Value& body, std::string& taken);

  void set_enabled(npm_host& host, bool enabled);
  void remove(int64_t id);

  /// @returns null if there is none.
  npm_host* find(int64_t id);
  const npm_host* find_served(std::string_view domain) const;

  /// The JSON of all hosts with a domain that contains `query`.
  std::string list(const std::string& query);

  size_t size() const noexcept {
    return hosts_.size();
  }

  void reset();

private:
  bool take_domains(npm_host& host, const rapidjson::Value& body,
                    std::string& taken);
  void set_members(npm_host& host, const rapidjson::Value& body);
  void index_domains();

  std::map<int64_t, std::unique_ptr<npm_host>> hosts_;
  std::unordered_map<std::string, npm_host*> by_domain_;
  int64_t last_id_ = 0;
  /// All domains, each followed by a line break, and whose they are by the
  /// place where they begin. Scanning thousands one by one would take longer
  /// than everything else.
  std::string all_domains_;
  std::map<size_t, npm_host*> owners_;
  bool is_index_stale_ = false;
};

/// What the answer to a POST, GET or PUT of a host is.
std::string created_text(const npm_host& host);
std::string updated_text(const npm_host& host);

} // namespace dw::sim
