# ask.bash SCRIPT
# See completion_test. Takes lines apart as readline does, which also breaks
# words at "=".
# shellcheck shell=bash disable=SC1090
source "$1"
read -r _ _ name _ < <(complete -p docker-watcher)

while IFS= read -r line; do
  ended=${line}x # keeps an empty last word
  eval "COMP_WORDS=(${ended//=/ = })"
  last=${#COMP_WORDS[@]}
  COMP_CWORD=$((last - 1))
  COMP_WORDS[COMP_CWORD]=${COMP_WORDS[COMP_CWORD]%x}
  "$name"
  printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' '
done
