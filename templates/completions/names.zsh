# Completes with what handin knows at the moment.
_handin_names() {
    local kind=$1
    shift
    local -a names
    names=("${(@f)$(command handin __names $kind -- "${handin_words[@]}" 2>/dev/null </dev/null)}")
    names=("${(@)names:#}")
    (( $#names )) && compadd "$@" -a names
}

_handin_profiles() { _handin_names profiles "$@" }

_handin_projects() { _handin_names projects "$@" }

