
# Completes with what handin knows at the moment.
function __fish_handin_names
    set -l words (commandline -opc)
    command handin __names $argv[1] -- $words 2>/dev/null </dev/null
end

complete -c handin -l profile -x -a "(__fish_handin_names profiles)"
