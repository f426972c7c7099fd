#compdef ptrack
_ptrack() {
  local -a answer
  local kind rest
  answer=("${(@f)$(command ptrack __complete zsh "${(@)words[2,CURRENT-1]}" \
    "$PREFIX" 2>/dev/null </dev/null)}")
  kind=${answer[1]%% *} rest=${answer[1]#* }
  shift answer
  case $kind in
    words)
      (( $#answer )) || return 1
      if [[ $PREFIX == -* && ${answer[1]} == -* ]]; then
        _describe -o option answer
      elif [[ ${answer[1]%%:*} == *= ]]; then
        _describe word answer -S ''
      else
        _describe word answer
      fi ;;
    files|directories)
      [[ -n $rest ]] && compset -P "${(b)rest}"
      if [[ $kind == files ]]; then _files; else _files -/; fi ;;
    commands) _command_names -e ;;
    program)
      (( rest += 1 ))
      shift rest words
      (( CURRENT -= rest ))
      _normal ;;
  esac
}

if [[ $funcstack[1] == _ptrack ]]; then
  _ptrack "$@"
else
  compdef _ptrack ptrack
fi
