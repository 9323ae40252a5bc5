# ask.zsh FUNCTIONS autoload|source
# See completion_test. Types each line and the tab key in an interactive shell.
zmodload zsh/zpty
directory=$1
mkfifo $directory/../answer
zpty shell zsh -f -i
type() { zpty -w -n shell "$1" }
answer() { read -r -t 20 -u 3 REPLY || { print -u 2 "no answer"; exit 1 } }
exec 3<>$directory/../answer

type "fpath=(${(q)directory} \$fpath)
autoload -U compinit
compinit -D -u
[[ $2 == autoload ]] || { compdef -d docker-watcher; source ${(q)directory}/_docker-watcher }
bindkey '^I' complete-word
unsetopt LIST_BEEP
report() { print -r -- \"\$BUFFER|\" >${(q)directory}/../answer; BUFFER=; zle accept-line }
zle -N report
bindkey '^X' report
print ready >${(q)directory}/../answer
"
answer
while IFS= read -r line; do
  type "$line"$'\t\x18'
  answer
  print -r -- ${REPLY%|}
done
zpty -d shell
rm $directory/../answer
