#pragma once

#include "tests/support/npm_standin/json.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace npm_standin {

/// How many workers nginx has: two suffice to meet an old and a new one.
constexpr std::size_t worker_count = 2;

/// Where nginx keeps its files and listens. All files are under `root`.
struct nginx_layout {
  /// Absolute.
  std::filesystem::path root;
  std::string address = "127.0.0.1";
  std::uint16_t http_port = 0;
  /// Zero for no HTTPS.
  std::uint16_t https_port = 0;
  /// The name server for names of upstreams; empty for none.
  std::string resolver;

  std::filesystem::path main_file() const;
  std::filesystem::path host_file(std::int64_t host_id) const;
  std::filesystem::path hosts_directory() const;
  /// Everything in it is included, so that a test can break all of nginx.
  std::filesystem::path custom_file(std::string_view name) const;
  std::filesystem::path password_file(std::int64_t access_list_id) const;
  std::filesystem::path certificate_file(std::int64_t certificate_id) const;
  std::filesystem::path key_file(std::int64_t certificate_id) const;
};

/// What one host's configuration is made from.
struct host_sources {
  /// The row of the host.
  json host;
  /// The certificate's row, null for plain HTTP.
  json certificate;
  /// The access list's row with `items` and `clients`, null for public.
  json access_list;
};

/// nginx.conf: default site, time-outs, includes. For nginx 1.22.
std::string main_config(const nginx_layout& layout);

/// The server block of a proxy host. The host's flags for caching and against
/// exploits have no effect.
std::string host_config(const nginx_layout& layout, const host_sources& from);

} // namespace npm_standin
