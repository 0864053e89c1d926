# bash completion for spend
_spend() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    case $prev in
        --currency) COMPREPLY=($(compgen -W "EUR USD CHF" -- "$cur")); return ;;
        --format) COMPREPLY=($(compgen -W "text csv json" -- "$cur")); return ;;
        --sort) COMPREPLY=($(compgen -W "amount name" -- "$cur")); return ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "--currency --format --help --sort" -- "$cur"))
    else
        COMPREPLY=($(compgen -f -X '!*.csv' -- "$cur"))
    fi
}
complete -F _spend spend
