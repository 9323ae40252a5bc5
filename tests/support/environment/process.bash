# Processes of the environment that outlive the script that starts them.
# shellcheck shell=bash
#
# DIR is the environment's directory. A record holds the process id and the
# time of its start, so that nobody else's process is ever ended.

# process_record NAME PID
process_record() {
  echo "$2 $(process_start_time "$2")" >"$DIR/processes/$1"
}

# Clock ticks between the boot and the process's start; field 22 of stat.
process_start_time() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  read -r -a fields <<<"${stat##*) }" # what follows the program's name
  echo "${fields[19]}"
}

# process_id NAME
# Prints the id if that process still runs, else fails.
process_id() {
  local id started
  [[ -s $DIR/processes/$1 ]] || return 1
  read -r id started <"$DIR/processes/$1"
  [[ $(process_start_time "$id") == "$started" ]] || return 1
  echo "$id"
}

process_is_gone() {
  ! process_id "$1" >/dev/null
}

# spawn MACHINE NAME COMMAND...
# Starts a daemon of the environment; its output goes to DIR/logs/NAME.log.
spawn() {
  local machine=$1 name=$2
  shift 2
  local run=(bash -c "$(declare -f daemon_main); daemon_main \"\$@\"" daemon
    "$DIR/processes/$name.exit" "$@")
  rm -f -- "$DIR/processes/$name.exit"
  if has_namespace; then
    # Needs no record: it ends with the namespaces.
    machine_exec "$machine" setsid --fork "${run[@]}"
  else
    setsid "${run[@]}" &
    process_record "$name" $!
  fi >>"$DIR/logs/$name.log" 2>&1 </dev/null
}

# daemon_main FILE COMMAND...
# Runs the command as a child and writes its exit code to FILE.
daemon_main() {
  local exit_file=$1 child status=0
  shift
  "$@" &
  child=$!
  trap 'kill -TERM "$child"' TERM
  wait "$child" || status=$?
  wait "$child" || status=$? # a signal interrupts the first
  echo "$status" >"$exit_file"
}

# Whether a daemon that was spawned has ended by itself.
has_ended() {
  [[ -s $DIR/processes/$1.exit ]]
}

# wait_for_daemon NAME SECONDS COMMAND...
# Waits until the command succeeds; fails, and shows the end of the log, when
# time is up or the daemon has ended.
wait_for_daemon() {
  local name=$1 seconds=$2
  shift 2
  if wait_until "$seconds" "$name" ends_or_succeeds "$name" "$@" && "$@"; then
    return
  fi
  say "$name does not run; the end of its log:"
  tail -n 10 -- "$DIR/logs/$name.log" >&2
  return 1
}

ends_or_succeeds() {
  has_ended "$1" || "${@:2}"
}

# process_end NAME
# Ends a daemon that was recorded, by force if it takes longer than 5 s.
process_end() {
  local id
  if id=$(process_id "$1"); then
    kill -TERM "$id"
    # It leads a session, so this reaches what it started.
    wait_until 5 "the end of $1" process_is_gone "$1" || kill -KILL -- "-$id"
  fi
}
