
# ptrack_start [OPTION…] [TEXT]: begins a session, as `ptrack start` does. It
# belongs to this shell, or subshell, and ends with it.
ptrack_start() {
  local __ptrack_lines
  __ptrack_set_me
  if [ -n "$__ptrack_fd" ] && [ "$__ptrack_me" = "$__ptrack_shell" ]; then
    printf 'warning: Cannot start a session: this shell has "%s"\n' \
      "${PTRACK_SESSION-}" >&2
    return 1
  fi
  __ptrack_lines=$(command ptrack start --export --pid "$__ptrack_me" "$@") ||
    return
  eval "$__ptrack_lines"
  __ptrack_shell=$__ptrack_me
  __ptrack_told=
  __ptrack_open
}

# ptrack_heartbeat [N|N%|N/M] [TEXT]: progress, and what the session is doing.
ptrack_heartbeat() {
  local IFS=' '
  case ${1-} in
    [0-9]*)
      case $1 in
        *[!0-9.%/]*) __ptrack_send "heartbeat $*" ;;
        *) __ptrack_send "$*" ;;
      esac
      ;;
    *) __ptrack_send "heartbeat $*" ;;
  esac
}

# ptrack_waiting [TEXT]: the session is blocked.
ptrack_waiting() {
  local IFS=' '
  __ptrack_send "waiting $*"
}

# ptrack_error TEXT: an error that does not end the session.
ptrack_error() {
  local IFS=' '
  __ptrack_send "error $*"
}

# ptrack_complete [FILE…]: success; on disk when it returns.
ptrack_complete() {
  local __ptrack_file __ptrack_files=
  for __ptrack_file in "$@"; do
    __ptrack_file=${__ptrack_file//\\/\\\\}
    __ptrack_file=${__ptrack_file//\"/\\\"}
    __ptrack_file=${__ptrack_file//$'\n'/\\n}
    __ptrack_file=${__ptrack_file//$'\r'/\\r}
    __ptrack_file=${__ptrack_file//$'\t'/\\t}
    case $__ptrack_file in *[[:cntrl:]]*) __ptrack_escape ;; esac
    __ptrack_files="$__ptrack_files,\"$__ptrack_file\""
  done
  __ptrack_end "{\"event\":\"complete\",\"output\":[${__ptrack_files#,}]}"
}

# Escapes the other control characters of a file's name, as JSON does.
__ptrack_escape() {
  local code character
  for code in 0{1..9} 0{a..f} 1{0..9} 1{a..f}; do
    printf -v character "\\x$code"
    __ptrack_file=${__ptrack_file//"$character"/\\u00$code}
  done
}

# ptrack_fail TEXT: failure; on disk when it returns.
ptrack_fail() {
  local IFS=' '
  __ptrack_end "fail $*"
}

__ptrack_send() {
  local __ptrack_line=$1
  if [ -z "$__ptrack_fd" ]; then
    __ptrack_warn "no session runs in this shell; ptrack_start begins one"
    return 0
  fi
  case $__ptrack_line in
    *[$'\n\r']*)
      __ptrack_line=${__ptrack_line//$'\n'/ }
      __ptrack_line=${__ptrack_line//$'\r'/ }
      ;;
  esac
  # A pipe takes 4096 bytes at once; a longer line may mix with that of a
  # subshell. The names of outputs are not cut: they come last.
  if [ "${#__ptrack_line}" -ge 1000 ] && [ "${__ptrack_line#\{}" = "$__ptrack_line" ]; then
    __ptrack_cut
  fi
  if ! __ptrack_write "$__ptrack_line"; then
    __ptrack_close
    __ptrack_warn "the session has ended, or its stream is gone"
  fi
}

# Warns only once, because a loop would repeat it each round.
__ptrack_warn() {
  if [ -z "$__ptrack_told" ]; then
    printf 'warning: Cannot report: %s\n' "$1" >&2
    __ptrack_told=1
  fi
}

# Reports the end. The shell that owns the session waits until it is on disk.
__ptrack_end() {
  __ptrack_send "$1"
  __ptrack_set_me
  if [ -n "$__ptrack_fd" ] && [ "$__ptrack_me" = "$__ptrack_shell" ]; then
    __ptrack_close
    __ptrack_wait
  fi
  return 0
}

# Ends the session with the shell's exit status; returns that.
__ptrack_exit() {
  __ptrack_set_me
  if [ -n "$__ptrack_fd" ] && [ "$__ptrack_me" = "$__ptrack_shell" ]; then
    if [ -n "$__ptrack_by" ]; then
      __ptrack_end "fail the shell was ended by SIG$__ptrack_by"
    elif [ "$1" -eq 0 ]; then
      __ptrack_end complete
    else
      __ptrack_end "fail exit status $1"
    fi
  fi
  return "$1"
}
