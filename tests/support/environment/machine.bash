# Machines beside the environment's own, each with an engine.
# shellcheck shell=bash
#
# A machine has network, mount and process namespaces of its own inside of the
# environment's, and ends with these. A wire leads from its interface `uplink`
# to the environment's interface `machineN`. Machines are numbered from 1;
# machine 0 is the environment itself. DIR/machines/N has the data of one.
#
# The addresses are none of those that Docker gives to its networks.

readonly base_address=10.77.0.1

machine_home() {
  (($1 == 0)) && echo "$DIR" || echo "$DIR/machines/$1"
}

machine_address() {
  echo "10.77.0.$((10 + $1))"
}

# machine_exec N COMMAND...
# Runs a command on a machine, in the current directory.
machine_exec() {
  local enter=()
  (($1 == 0)) || enter=(nsenter --mount --net --pid "--wd=$PWD"
    --target "$(<"$(machine_home "$1")/namespace.first")" --)
  namespace_exec "${enter[@]}" "${@:2}"
}

# machines_create COUNT
machines_create() {
  local machine
  (($1 > 0)) || return 0
  echo "$1" >"$DIR/machine-count"
  namespace_exec ip address add "$base_address/32" dev lo
  # Docker lets nothing pass through a host that is not for its own networks.
  namespace_exec iptables --append FORWARD \
    --in-interface machine+ --out-interface machine+ --jump ACCEPT
  for ((machine = 1; machine <= $1; machine++)); do
    machine_create "$machine"
  done
}

machine_create() {
  local home
  home=$(machine_home "$1")
  mkdir -p -- "$home"
  machine_address "$1" >"$home/address"
  namespace_exec setsid --fork \
    unshare --mount --net --pid --fork --kill-child \
    bash -euo pipefail -c "$(declare -f namespace_main); namespace_main \"\$1\"" \
    machine "$home" >"$DIR/logs/machine-$1.log" 2>&1 </dev/null
  wait_until 10 "machine $1" test -s "$home/namespace"
  machine_connect "$1"
}

# Both ends get a chain for the packets that arrive there. It is one of the
# table that comes first, so Docker's rules do not matter to it.
machine_connect() {
  local port=machine$1 address
  address=$(machine_address "$1")
  namespace_exec ip link add "$port" type veth peer name uplink \
    netns "$(<"$(machine_home "$1")/namespace.first")"
  namespace_exec ip link set "$port" up
  namespace_exec ip route add "$address/32" dev "$port" src "$base_address"
  machine_exec "$1" ip address add "$address/32" dev uplink
  machine_exec "$1" ip link set uplink up
  machine_exec "$1" ip route add "$base_address/32" dev uplink src "$address"
  machine_exec "$1" ip route add default via "$base_address" src "$address"
  machine_lose "$1"
  namespace_exec iptables --table raw --insert PREROUTING \
    --in-interface "$port" --jump "loss-$1"
  machine_exec "$1" iptables --table raw --insert PREROUTING \
    --in-interface uplink --jump "loss-$1"
}

# machine_lose N [RULE-OPTION]...
# Says which of the packets that the wire carries get lost, in both directions;
# nobody is told. Without a rule none are.
machine_lose() {
  local rules="*raw"$'\n'":loss-$1 - [0:0]"$'\n'
  (($# == 1)) || rules+="-A loss-$*"$'\n'
  rules+=COMMIT
  namespace_exec iptables-restore --noflush <<<"$rules"
  machine_exec "$1" iptables-restore --noflush <<<"$rules"
}

# machine_lossy N PERCENT
machine_lossy() {
  [[ $2 =~ ^[0-9]{1,2}$ ]] || die "$2 is no percentage below 100"
  machine_lose "$1" --match statistic --mode random \
    --probability "0.$(printf %02d "$((10#$2))")" --jump DROP
}

# How many there are beside the environment's own.
machine_count() {
  [[ ! -s $DIR/machine-count ]] || cat -- "$DIR/machine-count"
}

# change_machine N exec COMMAND...|cut|heal|lossy PERCENT|engine VERB
change_machine() {
  local machine=${1-} verb=${2-} count
  count=$(machine_count)
  if [[ ! $machine =~ ^[1-9]$ ]] || ((machine > ${count:-0})); then
    die "there is no machine '$machine'"
  fi
  case $verb in
    exec) machine_exec "$machine" "${@:3}" ;;
    cut) machine_lose "$machine" --jump DROP ;;
    heal) machine_lose "$machine" ;;
    lossy) machine_lossy "$machine" "${3-}" ;;
    engine) change_engine "$machine" "${3-}" ;;
    *) die "a machine cannot '$verb'" ;;
  esac
}
