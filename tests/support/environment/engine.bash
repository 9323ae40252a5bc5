# Engines of our own: that of the environment and those of its machines, in
# their namespaces.
# shellcheck shell=bash
#
# MACHINE is the number of a machine, or 0 for the environment. HOME, its
# directory, has the engine's data in HOME/engine and its socket HOME/docker.sock;
# what an engine keeps while it runs is on the namespaces' own /run.

# engine_prepare
# To be called once, before the first start of any engine.
engine_prepare() {
  echo "docker-watcher-test-$(openssl rand -hex 4)" >"$DIR/cgroup"
  # Without a file they would read the host's. The registry has no TLS.
  echo '{"insecure-registries": ["10.77.0.0/24"]}' >"$DIR/daemon.json"
}

engine_name() {
  (($1 == 0)) && echo engine || echo "engine-$1"
}

engine_socket() {
  echo "$(machine_home "$1")/docker.sock"
}

# engine_start MACHINE
# Waits until the engine answers. After a kill the first start can fail,
# because the former containerd is still going away.
engine_start() {
  engine_launch "$1"
  engine_wait "$1" && return
  say "starting the engine once more"
  engine_launch "$1"
  engine_wait "$1"
}

# engines_start MACHINE...
# Starts several at the same time.
engines_start() {
  local machine
  for machine in "$@"; do engine_launch "$machine"; done
  for machine in "$@"; do engine_wait "$machine"; done
}

engine_launch() {
  local home
  home=$(machine_home "$1")
  # cgroupfs: systemd knows nothing of process ids in our namespace.
  spawn "$1" "$(engine_name "$1")" dockerd \
    --host "unix://$home/docker.sock" \
    --data-root "$home/engine" \
    --exec-root /run/docker \
    --pidfile "$home/engine.pid" \
    --cgroup-parent "/$(<"$DIR/cgroup")-$1" \
    --exec-opt native.cgroupdriver=cgroupfs \
    --config-file "$DIR/daemon.json"
}

engine_wait() {
  wait_for_daemon "$(engine_name "$1")" 60 engine_answers "$1"
}

engine_answers() {
  [[ $(curl --silent --max-time 5 --unix-socket "$(engine_socket "$1")" \
    http://docker/_ping) == OK ]]
}

# change_engine MACHINE start|stop|kill|freeze|thaw
change_engine() {
  has_namespace || die "the engine is not ours"
  case $2 in
    start) engine_start "$1" ;;
    stop) engine_end "$1" TERM ;;
    kill) engine_end "$1" KILL ;;
    freeze) engine_freeze "$1" ;;
    thaw) engine_signal "$1" CONT ;;
    *) die "an engine cannot '$2'" ;;
  esac
}

engine_pid() {
  cat -- "$(machine_home "$1")/engine.pid"
}

# engine_signal MACHINE SIGNAL
# The process id is one of the namespaces, so the signal is sent from inside.
engine_signal() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  machine_exec "$1" bash -c 'kill "-$0" "$1"' "$2" "$(engine_pid "$1")"
}

# A process goes on for a while after SIGSTOP if the machine is busy.
engine_freeze() {
  engine_signal "$1" STOP
  wait_until 30 "the engine to freeze" engine_is_frozen "$1"
}

engine_is_frozen() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  machine_exec "$1" bash -c '! grep -h ^State: /proc/"$0"/task/*/status \
    | grep -qv "T (stopped)"' "$(engine_pid "$1")"
}

# engine_end MACHINE SIGNAL
engine_end() {
  engine_signal "$1" "$2"
  wait_until 60 "the end of the engine" has_ended "$(engine_name "$1")"
}

# The containers are dead when this runs; their control groups are not.
engine_remove_cgroups() {
  [[ -s $DIR/cgroup ]] || return 0
  wait_until 5 "the control groups to go" engine_try_remove_cgroups
}

engine_cgroups() {
  find /sys/fs/cgroup -depth -type d -path "*/$(<"$DIR/cgroup")*"
}

engine_try_remove_cgroups() {
  engine_cgroups | xargs --no-run-if-empty rmdir 2>/dev/null
  [[ -z $(engine_cgroups) ]]
}
