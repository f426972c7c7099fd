/** The live view in a real terminal (a pseudo-terminal that Python opens). */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { existsSync } from "@std/fs";
import { eventually, Place, placeTest, PROGRAM } from "../support/program.ts";
import { type Need, needs } from "../support/needs.ts";

/**
 * Runs a command in a terminal of 80 columns and 24 rows: what it writes goes
 * to standard output, what comes on standard input is typed. At the end a line
 * tells the exit code and whether the terminal's modes are as they were.
 */
const TERMINAL = `
import fcntl, os, pty, select, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.environ["TERM"] = "xterm-256color"
    os.execvp(sys.argv[1], sys.argv[1:])
modes = termios.tcgetattr(fd)
keys = os.open(os.environ["KEYS"], os.O_RDWR)
while True:
    ready, _, _ = select.select([fd, keys], [], [])
    if keys in ready:
        os.write(fd, os.read(keys, 100))
    if fd in ready:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
        restored = termios.tcgetattr(fd) == modes
_, status = os.waitpid(pid, 0)
code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
print("\\nENDED", code, "restored" if restored else "raw")
`;

const ENTER = "\x1b[?1049h";
const LEAVE = "\x1b[?1049l";

const TERMINALS: Need[] = ["unix", "python3", "pty"];

/** Starts the program in a terminal; `type` presses keys. */
async function inTerminal(place: Place, ...args: string[]) {
  const keys = place.at("keys");
  assertEquals((await place.shell(`mkfifo '${keys}'`)).code, 0);
  const words = ["python3", "-c", TERMINAL, ...PROGRAM, ...args]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const running = place.spawnShell(`exec ${words.join(" ")}`, {
    env: { KEYS: keys },
  });
  const type = (text: string) => Deno.writeTextFileSync(keys, text);
  return { running, type };
}

placeTest(
  "in a terminal watch draws in place at each change, and q gives it back",
  TERMINALS,
  async (place) => {
    await place.ok("start", "-w", "w", "-s", "a");
    const { running, type } = await inTerminal(
      place,
      "monitor",
      "watch",
      "-w",
      "w",
    );
    await eventually(() => running.stdout.includes("[~]"));
    assert(running.stdout.includes(ENTER));
    await place.ok("heartbeat", "-w", "w", "-s", "a", "-m", "Half way");
    await eventually(() => running.stdout.includes("Half way"));
    type("q");
    const { stdout } = await running.result;
    assertMatch(stdout, /ENDED 0 restored\n$/);
    assert(stdout.lastIndexOf(LEAVE) > stdout.lastIndexOf(ENTER));
  },
);

Deno.test({
  name:
    "Ctrl-C in a terminal ends a watch and a wait with 130 and gives it back",
  ...needs(...TERMINALS),
  async fn() {
    for (const view of ["watch", "wait"]) {
      await using place = new Place();
      await place.ok("start", "-w", "w", "-s", "a");
      const { running, type } = await inTerminal(
        place,
        "monitor",
        view,
        "-w",
        "w",
      );
      await eventually(() => running.stdout.includes("[~]"));
      type("\x03");
      const { stdout } = await running.result;
      assertMatch(stdout, /ENDED 130 restored\n$/);
      assert(stdout.lastIndexOf(LEAVE) > stdout.lastIndexOf(ENTER));
    }
  },
});

placeTest(
  "in a terminal a watch ends by itself when all are done, leaving the dashboard",
  TERMINALS,
  async (place) => {
    await place.ok("start", "-w", "w", "-s", "a");
    const { running } = await inTerminal(
      place,
      "monitor",
      "--watch",
      "-w",
      "w",
    );
    await eventually(() => running.stdout.includes("[~]"));
    await place.ok("fail", "-w", "w", "-s", "a", "Boom");
    const { stdout } = await running.result;
    assertMatch(stdout, /ENDED 1 restored\n$/);
    const left = stdout.slice(stdout.lastIndexOf(LEAVE));
    assertMatch(left, /Parallel Session Dashboard: w[^]*FAILED: Boom/);
  },
);

placeTest(
  "in a terminal the output of --on-change comes when watch has given it back",
  TERMINALS,
  async (place) => {
    await place.ok("start", "-w", "w", "-s", "a");
    const command = 'echo "told: $PTRACK_EVENT"; echo >> told';
    const { running } = await inTerminal(
      place,
      "monitor",
      "watch",
      "-w",
      "w",
      "--on-change",
      command,
    );
    await eventually(() => running.stdout.includes("[~]"));
    await place.ok("waiting", "-w", "w", "-s", "a", "Which?");
    await eventually(() => existsSync(place.at("told")));
    await eventually(() => running.stdout.includes("Which?"));
    await place.ok("complete", "-w", "w", "-s", "a");
    const { stdout } = await running.result;
    assertMatch(stdout, /ENDED 0 restored/);
    const [drawn, after] = stdout.split(LEAVE);
    assert(!drawn!.includes("told:"), drawn);
    assertMatch(after!, /told: waiting\r\ntold: completed\r\n/);
  },
);

placeTest(
  "in a terminal Ctrl-C in a wait leaves its report",
  TERMINALS,
  async (place) => {
    await place.ok("start", "-w", "w", "-s", "a");
    const { running, type } = await inTerminal(
      place,
      "monitor",
      "wait",
      "-w",
      "w",
      "--report",
      "junit=r.xml",
    );
    await eventually(() => running.stdout.includes("[~]"));
    type("\x03");
    assertMatch((await running.result).stdout, /ENDED 130 restored/);
    const report = Deno.readTextFileSync(place.at("r.xml"));
    assertMatch(report, /<error type="not finished"/);
  },
);

placeTest(
  "in a terminal follow prints lines, and draws nothing in place",
  TERMINALS,
  async (place) => {
    await place.ok("start", "-w", "w", "-s", "a");
    const { running } = await inTerminal(place, "monitor", "follow", "-w", "w");
    await eventually(() => running.stdout.includes("Polled at"));
    await place.ok("complete", "-w", "w", "-s", "a", "-m", "Done");
    const { stdout } = await running.result;
    assertMatch(stdout, /a completed: Done\r\n[^]*ENDED 0 restored/);
    assert(!stdout.includes(ENTER));
  },
);
