    if [[ "${prev}" == "=" ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
    fi
    case "${cmd},${prev}" in
        *,--profile)
            _handin_names profiles
            compopt +o default +o bashdefault 2>/dev/null
            return 0
            ;;
        handin__subcmd__projects,azure|handin__subcmd__projects,qtest|handin__subcmd__projects,katalon)
            if [[ "${cur}" != -* ]]; then
                _handin_names projects
                compopt +o default +o bashdefault 2>/dev/null
                return 0
            fi
            ;;
    esac

