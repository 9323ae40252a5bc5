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
# Waits until the engine answers. It may have been killed before: then the
# first start can fail because its containerd is still going away.
engine_start() {
  local attempt
  for attempt in 1 2 3; do
    engine_launch
    wait_until 30 "the engine" engine_is_decided && engine_answers && return
    say "the engine did not start (attempt $attempt)"
  done
  tail -n 20 -- "$DIR/logs/engine.log" >&2
  return 1
}

engine_launch() {
  rm -f -- "$DIR/engine.exit"
  # cgroupfs: systemd knows nothing of process ids in our namespace.
  # shellcheck disable=SC2016  # expanded by the inner shell
  spawn engine bash -c 'dockerd "$@"; echo $? >"$0"' "$DIR/engine.exit" \
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

# Whether it answers, or has ended.
engine_is_decided() {
  [[ -s $DIR/engine.exit ]] || engine_answers
}

# engine_signal SIGNAL
# The process id is one of the namespaces, so the signal is sent from inside.
engine_signal() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  namespace_exec bash -c 'kill "-$0" "$1"' "$1" "$(<"$DIR/engine.pid")"
}

engine_has_ended() {
  [[ -s $DIR/engine.exit ]]
}

# engine_end SIGNAL
engine_end() {
  engine_signal "$1"
  wait_until 60 "the end of the engine" engine_has_ended
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
