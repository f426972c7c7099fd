/**
 * `run` in a real terminal (tests/data/run/terminal.py plays the scenes): it
 * stays one, keys and signals reach the command exactly once, and the shell
 * has it back afterwards.
 */
import { assertEquals } from "@std/assert";
import { pythonPath } from "../support/comparison.ts";
import { ENGINE, Place, placeTest, testData } from "../support/program.ts";
import { needs } from "../support/needs.ts";

/** Deno takes SIGUSR1 for a debugger's call. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"]
  .concat(ENGINE === "deno" ? [] : ["SIGUSR1"]);

// deno-lint-ignore no-explicit-any
type Json = any;

/** Plays a scene, and gives what was seen. */
async function play(
  scene: string,
  run = "ptrack run --",
  signals = SIGNALS,
): Promise<Json> {
  await using place = new Place();
  const script = testData("run/terminal.py");
  const { code, stdout, stderr } = await place.shell(
    `exec '${pythonPath()}' '${script}' ${scene} '${run}'`,
    { env: { SIGNALS: signals.join(" ") } },
  );
  if (code !== 0) throw new Error(`${scene}: ${stdout}${stderr}`);
  return JSON.parse(stdout);
}

const KEYS = [
  ["Ctrl-C", ["SIGINT"]],
  ["Ctrl-C again", ["SIGINT"]],
  ["Ctrl-\\", ["SIGQUIT"]],
  ["Ctrl-C at last", ["SIGINT"]],
];

/** Each signal, sent twice, and what the command is to see of each. */
function once(signals: readonly string[]) {
  return [...signals, ...signals].map((signal) => [signal, [signal]]);
}

const TESTS: [name: string, play: () => Promise<Json>, seen: Json][] = [
  [
    "Ctrl-C and Ctrl-\\ reach the command exactly once",
    () => play("keys"),
    { seen: KEYS, terminals: "ttt", code: 0 },
  ],
  [
    "Ctrl-C and Ctrl-\\ reach a captured command exactly once",
    () => play("keys", "ptrack run --capture --"),
    { seen: KEYS, terminals: "t--", code: 0 },
  ],
  [
    "a signal to run alone reaches the command exactly once",
    () => play("alone", "ptrack run --", [...SIGNALS, "SIGWINCH"]),
    { seen: once([...SIGNALS, "SIGWINCH"]), code: 0 },
  ],
  [
    "a signal to the whole group reaches the command exactly once",
    () => play("group"),
    { seen: once(SIGNALS), code: 0 },
  ],
  [
    "a new size reaches the command exactly once",
    () => play("resize"),
    {
      seen: ["100x40", "80x24", "132x50"].map((size) => [size, ["SIGWINCH"]]),
      code: 0,
    },
  ],
  [
    "Ctrl-Z stops it and fg continues it",
    () => play("stop"),
    { seen: [["Ctrl-C after fg", ["SIGINT"]]], usable: true },
  ],
  [
    "the terminal stays one, for reading too, and nothing of it is changed",
    () => play("untouched"),
    {
      "during": true,
      "end": 0,
      "modes after the end": true,
      "killed": 137,
      "modes after a kill": true,
      "a terminal": 0,
      "reads": 0,
      "read": true,
      "left": [],
      "usable": true,
    },
  ],
  [
    "kill -9 of run leaves nothing behind but the command",
    () => play("killed"),
    { "only the command is left": true, "usable": true },
  ],
  [
    "--timeout ends the command with all below it, and leaves a terminal that works",
    () => play("timeout"),
    { code: 124, alive: [], left: [], modes: true, usable: true },
  ],
];

for (const [name, act, seen] of TESTS) {
  Deno.test({
    name: `in a terminal: ${name}`,
    ...needs("linux", "python3", "pty"),
    async fn() {
      assertEquals(await act(), seen);
    },
  });
}

/** A script in a terminal of its own, by util-linux. */
function inTerminal(place: Place, script: string) {
  Deno.writeTextFileSync(place.at("scene.sh"), script);
  return place.shell("script -qec 'bash scene.sh' /dev/null");
}

const MODE = "stty -a | grep -ow -e -echo -e echo";

placeTest("in a terminal: the modes that a command sets stay set", [
  "linux",
  "script",
  "pty",
], async (place) => {
  const scene = (run: string) => `${MODE}; ${run} stty -echo; ${MODE}`;
  const bare = await inTerminal(place, scene(""));
  const run = await inTerminal(place, scene("ptrack run --"));
  assertEquals(run.stdout, bare.stdout);
  assertEquals(run.stdout, "echo\r\n-echo\r\n");
});

placeTest(
  "in a terminal: a run that ends in the background leaves the modes be",
  ["linux", "script", "pty"],
  async (place) => {
    const { stdout } = await inTerminal(
      place,
      `ptrack run -- sh -c 'until test -e go; do sleep 0.01; done' &
    until test -d .parallel/default; do sleep 0.01; done
    stty -echo; touch go; wait; ${MODE}`,
    );
    assertEquals(stdout, "-echo\r\n");
  },
);
