_ptrack() {
  local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} kind='' rest='' word
  COMPREPLY=()
  {
    read -r kind rest
    while IFS= read -r word; do COMPREPLY+=("$word"); done
  } < <(command ptrack __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" \
    2>/dev/null </dev/null)
  [[ $cur == [=:] ]] && cur=''
  case $kind in
    files) __ptrack_paths -f ;;
    directories) __ptrack_paths -d ;;
    commands) COMPREPLY=($(compgen -c -- "$cur")) ;;
    program)
      # The completions of the program, if bash-completion finds them.
      if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset $((rest + 1))
      elif declare -F _command_offset >/dev/null; then
        _command_offset $((rest + 1))
      else
        rest=''
        __ptrack_paths -f
      fi ;;
  esac
  [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *= ]] &&
    compopt -o nospace 2>/dev/null
  return 0
}

# By the line: a name that is a pattern is that name, not what it matches.
__ptrack_paths() {
  while IFS= read -r word; do
    [[ -n $word ]] && COMPREPLY+=("$rest$word")
  done <<<"$(compgen "$1" -- "${cur#"$rest"}")"
  compopt -o filenames 2>/dev/null
}

complete -F _ptrack ptrack
