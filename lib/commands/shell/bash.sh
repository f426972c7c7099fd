# Functions of ptrack for bash 4.4 or later: eval "$(ptrack shell-init bash)"
if [ "${BASH_VERSINFO[0]:-0}${BASH_VERSINFO[1]:-0}" -lt 44 ]; then
  printf 'error: Cannot use "ptrack shell-init bash": it needs bash 4.4\n' >&2
  false
fi
: "${__ptrack_fd=}" "${__ptrack_pid=}" "${__ptrack_shell=}" "${__ptrack_me=}"
: "${__ptrack_told=}" "${__ptrack_by=}" "${__ptrack_before=}"
: "${__ptrack_pipe=}" "${__ptrack_trapped=}" "${__ptrack_null=}"
: "${__ptrack_safe=}" "${__ptrack_writing=}"

__ptrack_set_me() {
  __ptrack_me=$BASHPID
}

__ptrack_open() {
  # Not a process substitution, for which a bare `wait` would wait.
  local directory
  directory=$(mktemp -d "${TMPDIR:-/tmp}/ptrack-XXXXXX") || return
  mkfifo -m 600 "$directory/pipe" || return
  command ptrack stream --attach --until-end --pid "$__ptrack_me" \
    <"$directory/pipe" >/dev/null &
  __ptrack_pid=$!
  disown "$__ptrack_pid"
  exec {__ptrack_fd}>"$directory/pipe"
  rm -rf "$directory"
  [ -n "$__ptrack_null" ] || exec {__ptrack_null}>/dev/null
  __ptrack_by=
  __ptrack_trap
  __ptrack_pipe=$(trap -p PIPE)
  __ptrack_safe=
  case $__ptrack_pipe in
    *__ptrack_signal* | "trap -- '' SIGPIPE") __ptrack_safe=$BASHPID ;;
  esac
}

# Ends the session when the shell exits, before the script's own EXIT trap. A
# signal that ends bash looks like status 0 there, so each is caught first; its
# handler then ends the shell by the same signal.
__ptrack_trap() {
  local signal traps before
  if [ "$BASHPID" != "$$" ]; then
    # Until it sets one, a subshell lists the traps of its parent as its own.
    trap : URG
    trap - URG
  fi
  before=$(trap -p EXIT)
  case $before in
    *__ptrack_exit*) ;;
    # What bash prints in POSIX mode if no trap is set.
    'trap -- - EXIT') __ptrack_before= ;;
    *)
      before=${before#trap -- }
      eval "__ptrack_before=${before% EXIT}"
      ;;
  esac
  trap 'if __ptrack_exit "$?"
    then eval "$__ptrack_before"
    else eval "$__ptrack_before"
    fi' EXIT
  __ptrack_trapped=
  case $- in *i*) return 0 ;; esac
  traps=$(trap -p)
  for signal in HUP INT PIPE ALRM TERM XCPU XFSZ VTALRM USR1 USR2; do
    case $traps in
      # In POSIX mode the names are short, and all signals are listed.
      *" SIG$signal"* | *"' $signal"*) ;;
      *)
        trap "__ptrack_signal $signal" "$signal"
        __ptrack_trapped="$__ptrack_trapped $signal"
        ;;
    esac
  done
}

__ptrack_signal() {
  # A write to a stream that is gone must not end the shell.
  [ "$1$__ptrack_writing" != PIPE1 ] || return 0
  __ptrack_by=$1
  trap - "$1"
  kill -s "$1" "$BASHPID"
}

# Cuts a line that is longer than 4000 bytes.
__ptrack_cut() {
  local LC_ALL=C
  [ "${#__ptrack_line}" -le 4000 ] ||
    __ptrack_line="${__ptrack_line:0:3980} ...[cut]"
}

# If the stream is gone, writing raises SIGPIPE, which must not end the shell:
# unless it is caught or ignored already, it is ignored during the write.
__ptrack_write() {
  local written=0
  if [[ $BASHPID == "$__ptrack_safe" ]]; then
    __ptrack_writing=1
    printf '%s\n' "$1" 2>&"$__ptrack_null" >&"$__ptrack_fd" || written=1
    __ptrack_writing=
    return "$written"
  fi
  trap '' PIPE
  printf '%s\n' "$1" 2>&"$__ptrack_null" >&"$__ptrack_fd" || written=1
  if [ -n "$__ptrack_pipe" ]; then
    eval "$__ptrack_pipe"
  else
    trap - PIPE
  fi
  return "$written"
}

__ptrack_close() {
  exec {__ptrack_fd}>&-
  __ptrack_fd=
  __ptrack_pipe=
  __ptrack_safe=
  # The script may have changed IFS.
  local IFS=' '
  [ -z "$__ptrack_trapped" ] || trap - $__ptrack_trapped
  __ptrack_trapped=
}

# Waits for the stream, which is disowned, for 10 s at most.
__ptrack_wait() {
  local turns=0
  while [ "$turns" -lt 1000 ] && kill -0 "$__ptrack_pid" 2>/dev/null; do
    turns=$((turns + 1))
    sleep 0.01
  done
}
