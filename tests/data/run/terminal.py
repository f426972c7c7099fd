"""Plays one scene with the program in a real terminal: a pseudo-terminal with
an interactive bash, keys that are typed, signals that are sent.

terminal.py SCENE COMMAND: COMMAND runs what stands after it, such as
`ptrack run --`. Prints what was seen as one JSON object; whoever called judges.
Nothing sleeps for longer than SETTLE_S, in which a signal that is delivered
twice would come; all else waits for a condition, with a limit.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

SETTLE_S = 0.15
LIMIT_S = 15
HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = f"'{sys.executable}' -I -S '{HERE}/count_signals.py'"


def stat(pid):
    """State, parent, group, session and so on; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else fields


def text(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


class Terminal:
    """An interactive shell in a terminal of 80 columns and 24 rows."""

    def __init__(self):
        self.shown = ""
        self.shell, self.fd = pty.fork()
        if self.shell == 0:
            os.environ.update(PS1="$ ", TERM="xterm")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.until(lambda: "$ " in self.shown, "a prompt")
        # What is typed is not shown, so that only answers are.
        self.type("bind 'set enable-bracketed-paste off'; stty -echo; echo ready-$((1+1))\n")
        self.until(lambda: "ready-2" in self.shown, "a shell that listens")
        self.runs = 0

    def read(self):
        while select.select([self.fd], [], [], 0.005)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return
            if not data:
                return
            self.shown += data.decode(errors="replace")

    def until(self, condition, what):
        end = time.monotonic() + LIMIT_S
        while True:
            self.read()
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                kill_session(self.shell)
                sys.exit(f"waited in vain for {what}; shown: {self.shown[-2000:]!r}")

    def settle(self):
        end = time.monotonic() + SETTLE_S
        while time.monotonic() < end:
            self.read()

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def start(self, command):
        """Types a command; `code` waits for its end."""
        self.runs += 1
        self.type(f"{command}; echo code-{self.runs}=$?=\n")

    def code(self):
        mark = f"code-{self.runs}="
        self.until(lambda: mark in self.shown and
                   "=" in self.shown.split(mark, 1)[1], "the command's end")
        return int(self.shown.split(mark, 1)[1].split("=")[0])

    def modes(self):
        return termios.tcgetattr(self.fd)

    def restored(self, modes):
        """Whether the modes are these, once the shell has its prompt again."""
        end = time.monotonic() + 3
        while self.modes() != modes and time.monotonic() < end:
            self.read()
        return self.modes() == modes

    def processes(self):
        """All of the terminal's session, but the shell: `pid name`."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != self.shell:
                fields = stat(name)
                if fields and int(fields[3]) == self.shell:
                    found.append(int(name))
        return found

    def usable(self):
        """Whether the shell still answers, in the foreground."""
        self.start("test -t 0 && echo usable-$((20+3)); true")
        self.code()
        return "usable-23" in self.shown

    def close(self):
        kill_session(self.shell)
        os.close(self.fd)
        os.waitpid(self.shell, 0)


def kill_session(session):
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat(name)
            if fields and int(fields[3]) == session:
                try:
                    os.kill(int(name), signal.SIGKILL)
                except ProcessLookupError:
                    pass


class Counting:
    """The command that counts signals, under the program in a terminal."""

    def __init__(self, terminal, command, log="signals"):
        self.terminal, self.log = terminal, os.path.abspath(log)
        self.stop = os.path.abspath("stop-" + log)
        terminal.start(f"{command} {COUNT} '{self.log}' '{self.stop}'")
        terminal.until(lambda: "\n" in text(self.log), "the command")
        head = text(self.log).split("\n")[0].split()
        self.child, self.terminals = int(head[0]), head[3]
        # Under a shell that stands between, the program is further up.
        self.program = self.child
        while True:
            parent = int(stat(self.program)[1])
            if parent == terminal.shell:
                break
            self.program = parent
        self.group = int(stat(self.program)[2])

    def counted(self):
        return text(self.log).split("\n")[1:-1]

    def after(self, act):
        """The signals that an act brings."""
        before = len(self.counted())
        act()
        self.terminal.until(lambda: len(self.counted()) > before, "a signal")
        self.terminal.settle()
        return self.counted()[before:]

    def end(self):
        open(self.stop, "w").close()
        return self.terminal.code()


def keys(terminal, command):
    counting = Counting(terminal, command)
    seen = [
        ["Ctrl-C", counting.after(lambda: terminal.type("\x03"))],
        ["Ctrl-C again", counting.after(lambda: terminal.type("\x03"))],
        ["Ctrl-\\", counting.after(lambda: terminal.type("\x1c"))],
        ["Ctrl-C at last", counting.after(lambda: terminal.type("\x03"))],
    ]
    return {"seen": seen, "terminals": counting.terminals, "code": counting.end()}


def alone(terminal, command):
    return sent(terminal, command, lambda counting: counting.program)


def group(terminal, command):
    return sent(terminal, command, lambda counting: -counting.group)


def sent(terminal, command, target):
    counting = Counting(terminal, command)
    seen = []
    for name in os.environ["SIGNALS"].split() * 2:
        number = getattr(signal, name)
        seen.append([name, counting.after(lambda: os.kill(target(counting), number))])
    return {"seen": seen, "code": counting.end()}


def resize(terminal, command):
    counting = Counting(terminal, command)
    seen = []
    for rows, columns in ((40, 100), (24, 80), (50, 132)):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        change = lambda: fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ, size)
        seen.append([f"{columns}x{rows}", counting.after(change)])
    return {"seen": seen, "code": counting.end()}


def stop(terminal, command):
    counting = Counting(terminal, command)
    terminal.type("\x1a")
    terminal.until(lambda: stat(counting.child)[0] == "T", "a command that stops")
    terminal.until(lambda: stat(counting.program)[0] == "T", "a program that stops")
    terminal.until(lambda: "Stopped" in terminal.shown, "the shell's word")
    terminal.type("fg\n")
    terminal.until(lambda: stat(counting.child)[0] != "T", "a command that goes on")
    terminal.until(lambda: "CONT" in text(counting.log), "its signal")
    terminal.settle()
    seen = [["Ctrl-C after fg", counting.after(lambda: terminal.type("\x03"))]]
    open(counting.stop, "w").close()
    terminal.until(lambda: stat(counting.program) is None, "the end")
    return {"seen": seen, "usable": terminal.usable()}


def untouched(terminal, command):
    before = terminal.modes()
    result = {}
    for run, name in ((command, "under"), ("", "bare")):
        terminal.start(f"{run} stty -g > {name}")
        terminal.code()
    result["during"] = text("under") == text("bare")
    counting = Counting(terminal, command, "first")
    result["end"] = counting.end()
    result["modes after the end"] = terminal.restored(before)
    counting = Counting(terminal, command, "second")
    os.kill(counting.child, signal.SIGKILL)
    result["killed"] = terminal.code()
    result["modes after a kill"] = terminal.restored(before)
    terminal.start(f"{command} sh -c 'test -t 0 && test -t 1 && test -t 2 && : </dev/tty'")
    result["a terminal"] = terminal.code()
    terminal.start(f"{command} sh -c 'echo asks; read line; echo got-$line'")
    terminal.until(lambda: "asks" in terminal.shown, "a question")
    terminal.type("typed\n")
    result["reads"] = terminal.code()
    result["read"] = "got-typed" in terminal.shown
    result["left"] = terminal.processes()
    result["usable"] = terminal.usable()
    return result


def killed(terminal, command):
    counting = Counting(terminal, command)
    os.kill(counting.program, signal.SIGKILL)
    terminal.code()
    terminal.until(lambda: len(terminal.processes()) <= 1, "nothing but the command")
    left = terminal.processes() == [counting.child]
    open(counting.stop, "w").close()
    terminal.until(lambda: terminal.processes() == [], "its end")
    return {"only the command is left": left, "usable": terminal.usable()}


STUBBORN = """import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
for name in ("child", "grandchild", "other-group"):
    with open(name, "w") as file:
        file.write(f"{os.getpid()}\\n")
    if name != "other-group" and os.fork() > 0:
        break
    if name == "grandchild":
        os.setpgid(0, 0)
while True:
    time.sleep(0.05)
"""


def timeout(terminal, command):
    with open("stubborn.py", "w") as file:
        file.write(STUBBORN)
    before = terminal.modes()
    limited = command.replace(" --", " --timeout 1 --kill-after 0.2s --")
    terminal.start(f"{limited} '{sys.executable}' -I -S stubborn.py")
    result = {"code": terminal.code()}
    names = ("child", "grandchild", "other-group")
    pids = [int(text(name) or 0) for name in names]
    terminal.settle()
    result["alive"] = [n for n, pid in zip(names, pids) if pid == 0 or stat(pid)]
    result["left"] = terminal.processes()
    result["modes"] = terminal.restored(before)
    result["usable"] = terminal.usable()
    return result


SCENES = {f.__name__: f for f in
          (keys, alone, group, resize, stop, untouched, killed, timeout)}

scene, command = sys.argv[1:]
terminal = Terminal()
try:
    print(json.dumps(SCENES[scene](terminal, command)))
finally:
    terminal.close()
