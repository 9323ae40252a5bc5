# The demo images: a static busybox and the shop, pushed to the registry.
# shellcheck shell=bash
#
#   shop:v1  shop:v2     healthy within two seconds
#   shop:v3              never healthy
#   shop:v4              writes a line to its log and exits at once with 7
#   shop-plain:v1 :v2    without HEALTHCHECK
#   shop-labels:v1       the same with a label of its own
#   shop-ports:v1        exposes 8080 and 9090
#   shop-stubborn:v1     ignores SIGTERM

readonly health_url=http://127.0.0.1:8080/healthz
readonly health="HEALTHCHECK --interval=1s --timeout=2s --retries=3 CMD wget -q -O /dev/null $health_url"

# images_push SHOP
# Builds all images around the static binary SHOP. The engine keeps none, so
# that a deploy has something to pull.
images_push() {
  images_make_tree "$1"
  image shop:v1 "$health" 'EXPOSE 8080' 'ENV SHOP_VERSION=v1'
  image shop:v2 "$health" 'EXPOSE 8080' 'ENV SHOP_VERSION=v2'
  image shop:v3 "$health" 'EXPOSE 8080' \
      'ENV SHOP_VERSION=v3 SHOP_UNHEALTHY=1'
  image shop:v4 "$health" 'EXPOSE 8080' \
      'CMD ["/bin/sh", "-c", "echo no database >&2; exit 7"]'
  image shop-plain:v1 'EXPOSE 8080' 'ENV SHOP_VERSION=v1'
  image shop-plain:v2 'EXPOSE 8080' 'ENV SHOP_VERSION=v2'
  image shop-labels:v1 'EXPOSE 8080' 'LABEL org.example.shop="of the tests"'
  image shop-ports:v1 "$health" 'EXPOSE 8080 9090' \
      'ENV SHOP_VERSION=v1 SHOP_PORTS="8080 9090"'
  image shop-stubborn:v1 "$health" 'EXPOSE 8080' \
      'ENV SHOP_VERSION=v1 SHOP_IGNORE_SIGTERM=1'
}

images_make_tree() {
  local tree=$DIR/image applet
  mkdir -p "$tree/bin" "$tree/tmp"
  cp /bin/busybox "$1" "$tree/bin"
  for applet in $(busybox --list); do
    [[ $applet == busybox ]] || ln -s busybox "$tree/bin/$applet"
  done
  tar --directory "$tree" --sort=name --mtime=@0 --owner=0 --group=0 \
    --numeric-owner --create --file "$DIR/image.tar" .
  rm -r "$tree"
}

# image NAME:TAG CHANGE...
# The last CMD wins.
image() {
  local name=$registry/$1 change changes=(--change 'CMD ["/bin/shop"]')
  shift
  for change in "$@"; do
    changes+=(--change "$change")
  done
  docker import "${changes[@]}" "$DIR/image.tar" "$name" >/dev/null
  docker push --quiet "$name" >/dev/null
  docker image rm "$name" >/dev/null
}

# images_forget REGISTRY
# Takes the containers and images that came from our registry out of an engine
# that is not ours.
images_forget() {
  local registry=$1
  local ids
  ids=$(docker container ls --all --format '{{.Image}} {{.ID}}' \
    | awk -v from="$registry/" 'index($1, from) == 1 { print $2 }')
  # shellcheck disable=SC2086  # one word per container
  [[ -z $ids ]] || docker container rm --force --volumes $ids >/dev/null
  ids=$(docker image ls --quiet --filter "reference=$registry/*" | sort -u)
  # shellcheck disable=SC2086
  [[ -z $ids ]] || docker image rm --force $ids >/dev/null
}
