# A network, mount and process namespace of our own for the environment.
# shellcheck shell=bash
#
# dockerd changes the host's packet filter, and one that starts flushes the
# chains of one that runs. In namespaces of its own it cannot: every bridge,
# rule, mount, port and process belongs to the namespaces and ends with their
# first process, however that ends.

# namespace_create [die-with-caller]
# Starts the first process of the namespaces and waits until they are usable.
namespace_create() {
  local launch=(setsid)
  [[ ${1-} == die-with-caller ]] && launch+=(setpriv --pdeathsig KILL)
  "${launch[@]}" unshare --mount --net --pid --fork --kill-child \
    bash -euo pipefail -c "$(declare -f namespace_main); namespace_main \"\$1\"" \
    namespace "$DIR" >"$DIR/logs/namespace.log" 2>&1 </dev/null &
  local launcher=$!
  disown
  wait_until 10 "the namespaces" namespace_is_ready "$launcher"
  process_record namespace "$(<"$DIR/namespace.first")"
}

# Runs as the first process. /run is replaced because services of the host
# (firewalld, systemd, plugins of Docker) would be reached through it.
namespace_main() {
  local dir=$1 id
  read -r id _ </proc/self/stat # until /proc is ours, as the host sees it
  echo "$id" >"$dir/namespace.first"
  mount -t proc proc /proc
  mount -t tmpfs tmpfs /run
  if ! mountpoint -q /sys/fs/cgroup; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
  fi
  ip link set lo up
  readlink /proc/self/ns/pid >"$dir/namespace"
  exec tini -- sleep infinity
}

# Ends the script when the launcher has ended.
namespace_is_ready() {
  has_namespace && return
  kill -0 "$1" 2>/dev/null || die "no namespaces: $(<"$DIR/logs/namespace.log")"
  return 1
}

has_namespace() {
  [[ -s $DIR/namespace ]]
}

is_inside() {
  [[ $(<"$DIR/namespace") == "$(readlink /proc/self/ns/pid)" ]]
}

# namespace_exec COMMAND...
# Runs a command where the environment is, in the current directory.
namespace_exec() {
  if ! has_namespace || is_inside; then
    "$@"
  else
    local first
    first=$(process_id namespace) || die "the environment in $DIR is down"
    nsenter --target "$first" --mount --net --pid --wd="$PWD" -- "$@"
  fi
}

# Ends every process in the namespaces, and so the namespaces.
namespace_destroy() {
  local first
  first=$(process_id namespace) || return 0
  kill -KILL "$first" 2>/dev/null || true # it may just have ended with its caller
  wait_until 10 "the end of the namespaces" process_is_gone namespace
}
