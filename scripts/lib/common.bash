# What every script of the repository shares. Source it, do not run it.
# shellcheck shell=bash disable=SC2034

# The top of the repository.
ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
readonly ROOT

# Servers are here, and not in the path of users who are not root.
PATH=$PATH:/usr/sbin:/sbin

# Says what happens, on stderr: stdout belongs to results.
say() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
}

die() {
  say "$*"
  exit 1
}

# Prints the comment at the top of the script, which is its help.
print_help() {
  sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' -- "$0"
}

is_root() {
  [[ $EUID -eq 0 ]]
}

have() {
  command -v "$1" >/dev/null
}

# How many compilers fit: one per core and per 1.5 GB of free memory.
parallel_jobs() {
  local cores memory_kb
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  local fitting=$((memory_kb / 1500000))
  ((fitting >= 1)) || fitting=1
  echo $((cores < fitting ? cores : fitting))
}

# wait_until SECONDS WHAT COMMAND...
# Polls the command until it succeeds; fails, with WHAT, when time is up.
wait_until() {
  local seconds=$1 what=$2
  shift 2
  local deadline=$((${EPOCHREALTIME/[.,]/} + seconds * 1000000))
  until "$@"; do
    if ((${EPOCHREALTIME/[.,]/} > deadline)); then
      say "waited $seconds s for $what"
      return 1
    fi
    sleep 0.02
  done
}
