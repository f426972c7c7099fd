# Functions of ptrack for zsh: eval "$(ptrack shell-init zsh)"
zmodload zsh/system zsh/zselect
: "${__ptrack_fd=}" "${__ptrack_pid=}" "${__ptrack_shell=}" "${__ptrack_me=}"
: "${__ptrack_told=}" "${__ptrack_by=}"
typeset -ga zshexit_functions

__ptrack_set_me() {
  __ptrack_me=${sysparams[pid]}
}

__ptrack_open() {
  exec {__ptrack_fd}> >(
    exec ptrack stream --attach --until-end --pid "$__ptrack_me" >/dev/null
  )
  __ptrack_pid=${sysparams[procsubstpid]}
  if (( ! ${zshexit_functions[(I)__ptrack_leave]} )); then
    zshexit_functions+=(__ptrack_leave)
  fi
}

__ptrack_leave() {
  __ptrack_exit "$?" || :
}

# Cuts a line that is longer than 4000 bytes.
__ptrack_cut() {
  setopt local_options no_multibyte
  if [ "${#__ptrack_line}" -gt 4000 ]; then
    __ptrack_line="${__ptrack_line[1,3980]} ...[cut]"
  fi
}

# If the stream is gone, writing raises SIGPIPE, which must not end the shell.
__ptrack_write() {
  setopt local_options local_traps
  trap '' PIPE
  print -r -u "$__ptrack_fd" -- "$1" 2>/dev/null
}

__ptrack_close() {
  exec {__ptrack_fd}>&-
  __ptrack_fd=
}

# Waits for the stream, which is no child of the shell, for 10 s at most.
__ptrack_wait() {
  local turns=0
  while (( turns++ < 1000 )) && kill -0 "$__ptrack_pid" 2>/dev/null; do
    zselect -t 1 || :
  done
}
