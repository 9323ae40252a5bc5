# The Debian packages that the project needs. Source it, do not run it.
# shellcheck shell=bash
#
# An entry is "package" or "package:command"; the latter counts as installed
# also when the command exists, whoever provides it.
#
# shellcheck disable=SC2034  # read by those who source it

build_packages=(
  ca-certificates
  cmake
  g++
  git
  libboost-dev
  libboost-test-dev
  libcaf-dev
  libcli11-dev
  libcurl4-openssl-dev
  libfmt-dev
  libidn2-dev
  libsodium-dev
  libspdlog-dev
  libsqlite3-dev
  libsqlitecpp-dev
  libssl-dev
  libyaml-cpp-dev
  ninja-build
  pkg-config
  prometheus-cpp-dev
  rapidjson-dev
)

test_packages=(
  apache2-utils
  busybox-static
  clang
  clang-format
  clang-tidy
  curl
  docker-registry
  docker.io:dockerd
  doxygen
  fish
  iproute2
  iptables
  jq
  libclang-rt-14-dev
  libfaketime
  nginx-light:nginx
  openssl
  python3
  shellcheck
  valgrind
  zsh
)

# For the benchmarks and the peers that docker-watcher is compared with.
bench_packages=(
  golang-github-docker-docker-dev
  golang-go:go
  golang-golang-x-sync-dev
  libbenchmark-dev
  nodejs:node
  npm:npm
  wrk
)
