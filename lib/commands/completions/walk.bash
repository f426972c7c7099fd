# The names of workspaces or sessions, of the place that the line names.
__ptrack_names() {
  local IFS=$' \t\n'
  REPLY=$(command ptrack completions "$1" ${dir:+--dir "$dir"} \
    ${workspace:+-w "$workspace"} 2>/dev/null </dev/null)
}

# Candidates for the values of a kind, as __ptrack_values names it.
__ptrack_offer() {
  local IFS=$' \t\n'
  case $1 in
    words) shift; COMPREPLY=($(compgen -W "$*" -- "$cur")) ;;
    workspaces|sessions)
      __ptrack_names "$1"
      COMPREPLY=($(compgen -W "$REPLY" -- "$cur")) ;;
    files|directories)
      local flag=-f IFS=$'\n'
      [[ $1 == directories ]] && flag=-d
      # By the line: a name that is a pattern is that name, not what it matches.
      while IFS= read -r candidate; do
        [[ -n $candidate ]] && COMPREPLY+=("$candidate")
      done <<<"$(compgen $flag -- "$cur")"
      compopt -o filenames 2>/dev/null ;;
  esac
}

# Goes along the words before the cursor: which command and view, and whether
# the last of them waits for its value.
__ptrack_walk() {
  local word option i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ $word == '=' ]] && continue
    word=${word//[\"\']/}
    if [[ -n $pending ]]; then
      case $option in
        -w|--workspace) workspace=$word ;;
        --dir) dir=${word/#\~\//$HOME/} ;;
      esac
      pending=''
      continue
    fi
    case $word in
      --) [[ $at == run ]] && { program=$((i + 1)); return; }; ended=1 ;;
      --*=*)
        case $word in
          --workspace=*) workspace=${word#*=} ;;
          --dir=*) dir=${word#*=} ;;
        esac ;;
      -*)
        option=$word
        __ptrack_values "$command:$word"
        pending=$REPLY
        [[ $REPLY == '' && $word == -w?* ]] && workspace=${word#-w} ;;
      track) [[ -z $at ]] && at=track ;;
      *)
        if [[ $at == run ]]; then program=$i; return; fi
        if [[ -z $at || $at == track ]]; then
          at=$word command=$word
        else
          [[ $at == "$command" ]] && at="$command $word"
          operand=1
        fi ;;
    esac
  done
}

_ptrack() {
  local IFS=$' \t\n' cur=${COMP_WORDS[COMP_CWORD]} REPLY=''
  local at='' command='' pending='' workspace='' dir='' ended='' operand=''
  local program='' prefix='' candidate
  COMPREPLY=()
  __ptrack_walk
  if [[ -n $program ]]; then
    __ptrack_program
    return
  fi
  # bash takes = for a break between words, unless it is told not to.
  if [[ $cur == '=' ]]; then cur=''; fi
  if [[ ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]]; then
    if [[ " ${COMP_WORDS[*]: -4} " == *' --report '* && -z $pending ]]; then
      pending=files
    fi
  elif [[ $cur == --*=* ]]; then
    __ptrack_values "$command:${cur%%=*}"
    pending=$REPLY prefix=${cur%%=*}= cur=${cur#*=}
  fi
  if [[ -n $pending ]]; then
    __ptrack_offer $pending
  elif [[ $cur == -* && -z $ended ]]; then
    __ptrack_options "$at"
    [[ -z $REPLY ]] && __ptrack_options "$command"
    __ptrack_offer words $REPLY
  elif [[ $at == run ]]; then
    COMPREPLY=($(compgen -c -- "$cur"))
  elif [[ -z $operand ]]; then
    __ptrack_words "$at"
    __ptrack_offer words $REPLY
  fi
  if [[ -n $prefix ]]; then
    local i
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=$prefix${COMPREPLY[i]}; done
  fi
  [[ ${#COMPREPLY[@]} -gt 0 && ${COMPREPLY[0]} == *= ]] &&
    compopt -o nospace 2>/dev/null
  return 0
}

# What follows run is another program's line: its own completions, if there is
# bash-completion to find them, else files.
__ptrack_program() {
  if ((COMP_CWORD == program)); then
    COMPREPLY=($(compgen -c -- "$cur"))
  elif declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset "$program"
  elif declare -F _command_offset >/dev/null; then
    _command_offset "$program"
  else
    __ptrack_offer files
  fi
}

complete -F _ptrack ptrack
