# ask.fish SCRIPT
# See completion_test.
source $argv[1]
while read -l line
    set -l found (complete -C $line | string replace -r '\t.*' '' | sort)
    echo $found
end
