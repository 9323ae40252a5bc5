# A registry with a password.
# shellcheck shell=bash
#
# The images are demo images and the password guards nothing, but pulls must
# prove that credentials arrive.

registry=
readonly registry_username=deployer

# registry_start ADDRESS
# Sets `registry`, the host and port to put before an image's name.
registry_start() {
  local password
  password=$(openssl rand -hex 16)
  echo "$password" >"$DIR/registry.password"
  htpasswd -i -B -c "$DIR/registry.htpasswd" "$registry_username" \
    <"$DIR/registry.password" 2>/dev/null
  registry=$1:$(free_port 5000)
  registry_configuration >"$DIR/registry.yml"
  spawn 0 registry docker-registry serve "$DIR/registry.yml"
  wait_for_daemon registry 10 registry_answers
  registry_write_docker_config "$password"
}

registry_configuration() {
  cat <<EOF
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage:
  filesystem: {rootdirectory: $DIR/registry}
  delete: {enabled: true}
http: {addr: $registry}
auth:
  htpasswd: {realm: docker-watcher, path: $DIR/registry.htpasswd}
EOF
}

# 401 is what it says to strangers.
registry_answers() {
  [[ $(namespace_exec curl --silent --output /dev/null --max-time 5 \
    --write-out '%{http_code}' "http://$registry/v2/") == 401 ]]
}

# A config.json as `docker login` writes it.
registry_write_docker_config() {
  local auth
  auth=$(printf '%s:%s' "$registry_username" "$1" | base64 --wrap=0)
  mkdir -p "$DIR/docker-config"
  printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$registry" "$auth" \
    >"$DIR/docker-config/config.json"
}

# free_port PREFERRED
# In a network namespace of our own every port is free. Elsewhere: one that
# nobody listens on, below the range that the kernel hands out.
free_port() {
  if has_namespace; then
    echo "$1"
    return
  fi
  local port
  for port in $(shuf -i 20000-29999 -n 100); do
    if [[ -z $(ss -Hltn "sport = :$port") ]]; then
      echo "$port"
      return
    fi
  done
  die "no free port"
}
