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

# process_end NAME SIGNAL
# Ends a process that was recorded, by force if it takes longer than 5 s.
process_end() {
  local name=$1 signal=$2 id
  if id=$(process_id "$name"); then
    kill "-$signal" "$id"
    wait_until 5 "the end of $name" process_is_gone "$name" || kill -KILL "$id"
  fi
  rm -f -- "$DIR/processes/$name"
}

# spawn NAME COMMAND...
# Starts a daemon of the environment; its output goes to DIR/logs/NAME.log.
spawn() {
  local name=$1 log=$DIR/logs/$1.log
  shift
  if has_namespace; then
    # Needs no record: it ends with the namespaces.
    namespace_exec setsid --fork "$@" >>"$log" 2>&1 </dev/null
  else
    setsid "$@" >>"$log" 2>&1 </dev/null &
    process_record "$name" $!
  fi
}
