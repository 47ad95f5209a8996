# Completes with what handin knows at the moment: never evaluated, blanks quoted.
_handin_names() {
    local name quoted
    COMPREPLY=()
    while IFS= read -r name; do
        printf -v quoted '%q' "${name}"
        if [[ "${name}" == "${cur}"* || "${quoted}" == "${cur}"* ]]; then
            COMPREPLY+=("${quoted}")
        fi
    done < <(command handin __names "$1" -- "${COMP_WORDS[@]:0:COMP_CWORD}" 2>/dev/null </dev/null)
}

