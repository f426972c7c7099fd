# The names of workspaces or sessions, of the place that the line names.
__ptrack_names() {
  local -a place found
  local word before=''
  for word in "${ptrack_line[@]}"; do
    case $before in
      -w|--workspace) place+=(-w "${(Q)word}") ;;
      --dir) place+=(--dir "${${(Q)word}/#\~\//$HOME/}") ;;
    esac
    case $word in
      --workspace=*) place+=(-w "${(Q)word#*=}") ;;
      --dir=*) place+=(--dir "${${(Q)word#*=}/#\~\//$HOME/}") ;;
      -w?*) place+=(-w "${(Q)word#-w}") ;;
    esac
    before=$word
  done
  found=(${(f)"$(command ptrack completions $1 "${place[@]}" 2>/dev/null </dev/null)"})
  _describe -t $1 ${1%s} found
}
__ptrack_workspaces() { __ptrack_names workspaces }
__ptrack_sessions() { __ptrack_names sessions }

_ptrack() {
  local curcontext=$curcontext state line
  local -a specs ptrack_line
  typeset -A opt_args
  # Without the word under the cursor: it is not a name yet.
  ptrack_line=("${(@)words[1,CURRENT-1]}")
  __ptrack_before
  _arguments -C -S "${specs[@]}" '1:command:__ptrack_commands' '*::: :->rest' && return
  [[ $state == rest ]] || return 1
  if [[ $line[1] == track ]]; then
    state=''
    words=(track "${words[@]}")
    (( CURRENT++ ))
    _arguments -C -S '1:verb:__ptrack_verbs' '*::: :->rest' && return
    [[ $state == rest ]] || return 1
  fi
  local name=$line[1]
  words=("$name" "${words[@]}")
  (( CURRENT++ ))
  __ptrack_command "$name"
}

if [[ $funcstack[1] == _ptrack ]]; then
  _ptrack "$@"
else
  compdef _ptrack ptrack
fi
