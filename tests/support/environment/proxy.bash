# A stand-in for Nginx Proxy Manager, or a real one that the caller names.
# shellcheck shell=bash

readonly npm_variables=(DW_TEST_NPM_URL DW_TEST_NPM_IDENTITY
  DW_TEST_NPM_SECRET DW_TEST_NPM_TRAFFIC_URL)

# Prints what keeps us from using the caller's NPM and fails, or is silent.
proxy_check() {
  local name
  [[ -n ${DW_TEST_NPM_URL-} ]] || return 0
  ! uses_own_engine \
    || reason "DW_TEST_NPM_URL: that NPM cannot reach an own engine" || return
  for name in "${npm_variables[@]}"; do
    [[ -n ${!name-} ]] || reason "DW_TEST_NPM_URL needs $name too" || return
  done
}

# proxy_start NPM_STANDIN ADDRESS
# Sets npm_variables, DW_TEST_FORWARD_HOST, and DW_TEST_NPM_CONTROL_URL for a
# stand-in.
# shellcheck disable=SC2034  # proxy_variables reads them by name
proxy_start() {
  DW_TEST_NPM_CONTROL_URL=
  DW_TEST_FORWARD_HOST=${DW_TEST_FORWARD_HOST:-127.0.0.1}
  [[ -z ${DW_TEST_NPM_URL-} ]] || return 0
  openssl rand -hex 16 >"$DIR/npm.secret"
  spawn 0 npm-standin "$1" --dir "$DIR/npm" --identity admin@example.com \
    --password-file "$DIR/npm.secret" --listen "$2:0"
  wait_for_daemon npm-standin 10 proxy_is_ready
  DW_TEST_NPM_URL=$(proxy_ready_line | jq -r .api_url)
  DW_TEST_NPM_IDENTITY=admin@example.com
  DW_TEST_NPM_SECRET=$(<"$DIR/npm.secret")
  DW_TEST_NPM_TRAFFIC_URL=$(proxy_ready_line | jq -r .traffic_url)
  DW_TEST_NPM_CONTROL_URL=$(proxy_ready_line | jq -r .control_url)
}

# When it serves, the stand-in prints a line of JSON that says where.
proxy_ready_line() {
  grep '^{"' "$DIR/logs/npm-standin.log"
}

proxy_is_ready() {
  proxy_ready_line >/dev/null
}

proxy_variables() {
  local name
  for name in "${npm_variables[@]}" DW_TEST_FORWARD_HOST \
    DW_TEST_NPM_CONTROL_URL; do
    variable "$name" "${!name}"
  done
}
