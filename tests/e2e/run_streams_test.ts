/**
 * `run` changes nothing on the way in or out: standard input, standard output
 * and standard error are the command's own, and so is any other descriptor.
 * With --capture they pass through pipes of the program, byte for byte.
 */
import { assertEquals, assertMatch } from "@std/assert";
import {
  CAPTURED,
  compare,
  HAMPERED,
  isAlive,
  PLAIN,
  pythonPath,
  scriptFor,
  textOf,
  type Way,
  WAYS,
} from "../support/comparison.ts";
import {
  ENGINE,
  eventually,
  Place,
  placeTest,
  times,
} from "../support/program.ts";
import { type Need, needs } from "../support/needs.ts";

/** What a script calls beyond the shell. */
const usedBy = (script: string): Need[] =>
  script.includes("python3") ? ["python3"] : [];

const DIRECT = [PLAIN, HAMPERED];

/** A name, a script in which RUN stands before commands, and its ways. */
const SAME: [what: string, script: string, ways?: readonly Way[]][] = [
  [
    "two streams, and an end without a newline",
    "RUN sh -c 'echo out; echo err >&2; printf more; printf worse >&2'",
  ],
  [
    "two streams into one, in order",
    "RUN sh -c 'for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done' 2>&1",
    DIRECT,
  ],
  ["all bytes", "RUN printf '\\000\\001\\377\\376\\r\\n\\200' | od -An -c"],
  ["an input that is the null device", "RUN wc -c </dev/null"],
  ["an input that is closed", "RUN sh -c 'cat 2>/dev/null; echo end' <&-"],
  ["an input by a pipe", "seq 1 1000 | RUN tail -1"],
  [
    "a large input by a pipe",
    "head -c 10000000 /dev/zero | tr '\\0' x | RUN sha256sum",
  ],
  [
    "a large input from a file",
    "yes 12345678 | head -c 10000000 > in; RUN sha256sum < in",
  ],
  [
    "an input of which others read the rest",
    "printf 'a\\nb\\nc\\n' > in; { RUN sh -c 'read x; echo $x'; cat; } < in",
  ],
  [
    "an input that it does not read",
    "printf 'a\\nb\\n' | { RUN true; cat; }",
  ],
  ["an input by its name", "echo in | RUN cat /dev/stdin"],
  [
    "outputs by their names",
    "RUN sh -c 'echo o >/dev/stdout; echo e >/dev/stderr; echo f >>/dev/fd/2'",
  ],
  [
    "outputs that it closes, going on",
    `RUN sh -c 'echo a; exec >&-; echo b >&2; exec 2>&-; echo > went; exit 4'
    echo $?; ls went`,
  ],
  [
    "an output into a file that others write as well",
    "{ echo a; RUN sh -c 'echo b; echo c'; echo d; } > out; cat out",
  ],
  [
    "an output that is appended",
    "echo a > out; RUN echo b >> out; RUN echo c >> out; cat out",
  ],
  [
    "an output that is full",
    "RUN sh -c 'echo x 2>/dev/null; echo $? >&2' >/dev/full",
    DIRECT,
  ],
  [
    "outputs that are closed",
    "RUN sh -c 'exit 3' >&-; echo $?; RUN sh -c 'exit 4' >&- 2>&-; echo $?",
  ],
  [
    "a reader that has gone",
    "RUN yes 2>/dev/null | head -1; echo ${PIPESTATUS[0]}",
  ],
  [
    "a reader that has gone, as a Python program",
    `RUN ${pythonPath()} -c 'while True: print("y")' 2>/dev/null | head -1
    echo \${PIPESTATUS[0]}`,
  ],
  ["pipes of the shell", "RUN diff <(seq 1 3) <(seq 2 4)"],
  [
    "descriptors above 2",
    `RUN sh -c 'echo nine >&9; cat <&7' 9>nine 7< <(echo seven); cat nine
    RUN bash -c 'echo far >&200' 200>far; cat far`,
  ],
  ["exactly its descriptors", "RUN ls /proc/self/fd 5</dev/null 30>made"],
  [
    "exactly its descriptors, without any others",
    "RUN ls /proc/self/fd",
  ],
  [
    "make's jobserver",
    `printf 'all: a b c\\n%%:\\n\\t@+RUN $(MAKE) -s -f inner $@\\n' > Makefile
    printf '%%:\\n\\t@echo $@ $(filter --jobserver%%,$(MAKEFLAGS))\\n' > inner
    make -s -j3 2>err | sed 's/=.*//' | sort; cat err`,
  ],
  [
    "pipes that still block afterwards",
    `{ RUN true; python3 -c 'import fcntl
print([fcntl.fcntl(f, fcntl.F_GETFL) & 0o4000 for f in (0, 1, 2)])'; } < <(:)`,
  ],
];

for (const [what, script, ways = WAYS] of SAME) {
  Deno.test({
    name: `the command has ${what} as it would without run`,
    ...needs("linux", ...usedBy(script)),
    async fn() {
      for (const way of ENGINE === "deno" ? [ways[0]!] : ways) {
        await using place = new Place();
        const whole = `${script}; echo "code $?"`;
        await compare(place, whole, { way });
        const names = place.names("default");
        for (const name of names) place.log("default", name);
      }
    },
  });
}

for (const way of [PLAIN, CAPTURED]) {
  placeTest(
    `many megabytes come through unchanged (${way.name})`,
    ["linux"],
    async (place) => {
      const bytes = times({ soak: 100_000_000, test: 20_000_000 });
      const made =
        `yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c ${bytes}`;
      await compare(place, `RUN sh -c '${made}' | sha256sum`, { way });
      const both =
        `RUN sh -c 'seq 1 99999; seq 99999 -1 1 >&2' 2>err | sha256sum
      sha256sum err`;
      await compare(place, both, { way });
    },
  );

  placeTest(`output comes as it is written, before the end (${way.name})`, [
    "linux",
  ], async (place) => {
    const running = place.spawnShell(scriptFor(
      `RUN sh -c 'echo first; printf half >&2
        until test -e go; do sleep 0.01; done; echo last'`,
      way,
    ));
    await eventually(() => running.stdout === "first\n");
    await eventually(() => running.stderr === "half");
    Deno.writeTextFileSync(place.at("go"), "");
    const { code, stdout, stderr } = await running.result;
    assertEquals([code, stdout, stderr], [0, "first\nlast\n", "half"]);
  });

  placeTest(`a daemon that it leaves behind does not hold run (${way.name})`, [
    "linux",
  ], async (place) => {
    // It keeps both outputs, and lives in a session of its own.
    const script = `RUN sh -c '
      setsid sh -c "echo \\$\\$ > daemon; exec sleep 120" &
      until test -s daemon; do sleep 0.01; done; echo left; exit 6
    ' > out 2>&1; echo $?`;
    const result = await place.shell(scriptFor(script, way));
    const daemon = Number(textOf(place.at("daemon")));
    const wasAlive = isAlive(daemon);
    Deno.kill(daemon, "SIGKILL");
    assertEquals([result.stdout, result.stderr], ["6\n", ""]);
    assertEquals(textOf(place.at("out")), "left\n");
    assertEquals(wasAlive, true);
  });
}

placeTest(
  "a captured command sees pipes, and no terminal",
  ["linux"],
  async (place) => {
    const script = "RUN sh -c 'stat -L -c %F /dev/fd/1 /dev/fd/2; test -t 1'";
    const { code, stdout } = await place.shell(scriptFor(script, CAPTURED));
    assertEquals([code, stdout], [1, "fifo\nfifo\n"]);
  },
);

Deno.test({
  name: "a captured output waits for a slow reader that does not block",
  ...needs("linux", "python3"),
  async fn() {
    await using place = new Place();
    const script = `{ ${pythonPath()} -c 'import fcntl, os
fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_NONBLOCK)'
      RUN head -c 3000000 /dev/zero; echo $? >&2; } | { sleep 0.2; wc -c; }`;
    const { stdout, stderr } = await place.shell(scriptFor(script, CAPTURED));
    assertEquals([stdout, stderr], ["3000000\n", "0\n"]);
  },
});

placeTest("a stream that is closed at the start never gets a file of ours", [
  "linux",
], async (place) => {
  const script = "RUN sh -c 'echo LEAK; echo LEAK >&2; exit 2' <&- >&- 2>&-";
  for (const way of WAYS) {
    const { code } = await place.shell(scriptFor(script, way));
    assertEquals(code, 2, way.name);
  }
  for (const name of place.names("default")) {
    const directory = place.directory("default", name);
    for (const file of ["log.jsonl", "status.json"]) {
      const lines = textOf(`${directory}/${file}`).split("\n");
      // The tail that is captured is the only place for it.
      assertEquals(lines.filter((line) => /^LEAK/.test(line)), []);
    }
    assertMatch(place.status("default", name).state, /failed/);
  }
});
