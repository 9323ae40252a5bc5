# A dockerd of our own, in the environment's namespaces.
# shellcheck shell=bash
#
# Its data lives in DIR/engine, its socket is DIR/docker.sock; what it keeps
# while it runs is on the namespaces' own /run.

# engine_prepare
# To be called once, before the first start.
engine_prepare() {
  echo "docker-watcher-test-$(openssl rand -hex 4)" >"$DIR/cgroup"
  echo '{}' >"$DIR/daemon.json" # or it would read the host's
}

# engine_start
# Waits until the engine answers. After a kill the first start can fail,
# because the former containerd is still going away.
engine_start() {
  engine_launch
  wait_for_daemon engine 60 engine_answers && return
  say "starting the engine once more"
  engine_launch
  wait_for_daemon engine 60 engine_answers
}

engine_launch() {
  # cgroupfs: systemd knows nothing of process ids in our namespace.
  spawn engine dockerd \
    --host "unix://$DIR/docker.sock" \
    --data-root "$DIR/engine" \
    --exec-root /run/docker \
    --pidfile "$DIR/engine.pid" \
    --cgroup-parent "/$(<"$DIR/cgroup")" \
    --exec-opt native.cgroupdriver=cgroupfs \
    --config-file "$DIR/daemon.json"
}

engine_answers() {
  [[ $(curl --silent --max-time 5 --unix-socket "$DIR/docker.sock" \
    http://docker/_ping) == OK ]]
}

# engine_signal SIGNAL
# The process id is one of the namespaces, so the signal is sent from inside.
engine_signal() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  namespace_exec bash -c 'kill "-$0" "$1"' "$1" "$(<"$DIR/engine.pid")"
}

# A process goes on for a while after SIGSTOP if the machine is busy.
engine_freeze() {
  engine_signal STOP
  wait_until 30 "the engine to freeze" engine_is_frozen
}

engine_is_frozen() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  namespace_exec bash -c '! grep -h ^State: /proc/"$0"/task/*/status \
    | grep -qv "T (stopped)"' "$(<"$DIR/engine.pid")"
}

# engine_end SIGNAL
engine_end() {
  engine_signal "$1"
  wait_until 60 "the end of the engine" has_ended engine
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
