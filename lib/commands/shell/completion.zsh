#compdef ptrack
_ptrack() {
  local -a answer plain described expl suffix option
  local kind rest
  local -i failed=1
  answer=("${(@f)$(command ptrack __complete zsh "${(@)words[2,CURRENT-1]}" \
    "$PREFIX" 2>/dev/null </dev/null)}")
  kind=${answer[1]%% *} rest=${answer[1]#* }
  shift answer
  case $kind in
    words)
      # _describe would reverse names without a description, and list a "--".
      plain=(${answer:#*:*}) described=(${(M)answer:#*:*})
      if (( $#plain )); then
        [[ ${plain[1]} == *= ]] && suffix=(-S '')
        _wanted words expl word compadd "${suffix[@]}" -a plain && failed=0
      fi
      if (( $#described )); then
        [[ $PREFIX == -* && ${described[1]} == -* ]] && option=(-o option)
        _describe ${option:-word} described && failed=0
      fi
      return failed ;;
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
