"""Notes each signal that it gets, one name a line, until a file is there, or
the log is gone.

count_signals.py LOG STOP: the first line of LOG tells its own process id, its
group and its parent, and whether its three streams are terminals.
"""

import os
import signal
import sys
import time

log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def note(number, _frame):
    os.write(log, (signal.Signals(number).name + "\n").encode())


for name in "HUP INT QUIT ABRT ALRM TERM USR1 USR2 URG XCPU VTALRM PROF WINCH IO CONT".split():
    signal.signal(getattr(signal, "SIG" + name), note)
terminals = "".join("t" if os.isatty(fd) else "-" for fd in (0, 1, 2))
os.write(log, f"{os.getpid()} {os.getpgrp()} {os.getppid()} {terminals}\n".encode())
while os.path.exists(sys.argv[1]) and not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
