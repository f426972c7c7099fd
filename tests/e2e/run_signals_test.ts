/**
 * Signals under `run`, without a terminal (run_terminal_test.ts has one): each
 * reaches the command exactly once, and limits on time end all of it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  CAPTURED,
  hasBegun,
  isAlive,
  PLAIN,
  processState,
  pythonPath,
  scriptFor,
  textOf,
  type Way,
} from "../support/comparison.ts";
import {
  ENGINE,
  eventually,
  type Place,
  placeTest,
  type Running,
  testData,
} from "../support/program.ts";

/** Deno takes SIGUSR1 for a debugger's call. */
const SIGNALS: readonly Deno.Signal[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGALRM",
  "SIGTERM",
  ...(ENGINE === "deno" ? [] : ["SIGUSR1" as const]),
  "SIGUSR2",
  "SIGURG",
  "SIGXCPU",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGIO",
  "SIGCONT",
];

/** Starts a command without a terminal, so that ours does not matter. */
function startAlone(place: Place, way: Way, command: string): Running {
  return place.spawnShell(`exec setsid ${scriptFor(`RUN ${command}`, way)}`);
}

/** Starts a command that counts signals; `counted` has them in order. */
async function startCounting(place: Place, way: Way) {
  const [log, stop] = [place.at("signals"), place.at("stop")];
  const script = testData("run/count_signals.py");
  const running = startAlone(
    place,
    way,
    `${pythonPath()} -I -S '${script}' '${log}' '${stop}'`,
  );
  await eventually(() => textOf(log).includes("\n"));
  return {
    running,
    child: Number(textOf(log).split(" ")[0]),
    counted: () => textOf(log).trim().split("\n").slice(1),
    stop: () => Deno.writeTextFileSync(stop, ""),
  };
}

for (const way of [PLAIN, CAPTURED]) {
  placeTest(`a signal reaches the command exactly once (${way.name})`, [
    "linux",
    "python3",
  ], async (place) => {
    const { running, counted, stop } = await startCounting(place, way);
    const sent: Deno.Signal[] = [...SIGNALS, ...SIGNALS];
    for (const [index, signal] of sent.entries()) {
      running.kill(signal);
      await eventually(() => counted().length > index);
    }
    stop();
    assertEquals((await running.result).code, 0);
    assertEquals(counted(), sent);
  });

  placeTest(
    `a signal that ends the command ends run with 128 + n (${way.name})`,
    ["linux", "python3"],
    async (place) => {
      const ends = [["SIGTERM", 143], ["SIGINT", 130], [
        "SIGHUP",
        129,
      ]] as const;
      for (const [signal, code] of ends) {
        const started = place.at(signal);
        const running = startAlone(
          place,
          { ...way, run: way.run.replace("run", `run -s ${signal}`) },
          `sh -c 'echo > ${started}; exec sleep 60'`,
        );
        await eventually(() => textOf(started) !== "");
        running.kill(signal);
        assertEquals((await running.result).code, code);
        const { state, message } = place.status("default", signal);
        assertEquals(state, "failed");
        assert(message.includes(signal), message);
      }
    },
  );
}

placeTest("stopping run stops the command, and going on continues it", [
  "linux",
  "python3",
], async (place) => {
  const { running, child, stop } = await startCounting(place, PLAIN);
  running.kill("SIGTSTP");
  await eventually(() => processState(child) === "T");
  await eventually(() => processState(running.pid) === "T");
  running.kill("SIGCONT");
  await eventually(() => processState(child) !== "T");
  stop();
  assertEquals((await running.result).code, 0);
});

/** Ignores SIGTERM, has a child that does so too, and writes down both ids. */
const STUBBORN = `sh -c '
  trap "" TERM
  sh -c "trap \\"\\" TERM; echo \\$\\$ > grandchild; while :; do sleep 0.1; done" &
  echo $$ > child
  while :; do sleep 0.1; done'`;

for (const way of [PLAIN, CAPTURED]) {
  placeTest(
    `--timeout ends a command that ignores SIGTERM, with all below it ` +
      `(${way.name})`,
    ["linux", "python3"],
    async (place) => {
      const limits = "-s a --timeout 1 --kill-after 0.2s";
      const running = startAlone(
        place,
        { ...way, run: way.run.replace("run", `run ${limits}`) },
        STUBBORN,
      );
      assertEquals((await running.result).code, 124);
      for (const name of ["child", "grandchild"]) {
        const pid = Number(textOf(place.at(name)));
        assert(pid > 1, name);
        await eventually(() => !isAlive(pid));
      }
      const { state, message } = place.status("default", "a");
      assertEquals(state, "failed");
      assertMatch(message, /time|longer/i);
    },
  );
}

placeTest("--timeout gives a command time to clean up, and still exits 124", [
  "linux",
  "python3",
], async (place) => {
  const result = await place.shell(
    `ptrack run --timeout 0.3s --kill-after 1h -- sh -c '
      trap "echo cleaned; exit 7" TERM; while :; do sleep 0.02; done'`,
  );
  assertEquals([result.code, result.stdout], [124, "cleaned\n"]);
});

placeTest("limits that are not reached change nothing, and hold nobody", [
  "linux",
  "python3",
], async (place) => {
  for (
    const limits of [
      "--timeout 1h --idle-timeout 1h --kill-after 1h",
      "--timeout 0 --idle-timeout 0s",
    ]
  ) {
    const result = await place.shell(
      `ptrack run ${limits} -- sh -c 'echo out; echo err >&2; exit 3'`,
    );
    assertEquals(result.code, 3);
    assertEquals([result.stdout, result.stderr], ["out\n", "err\n"]);
  }
});

placeTest("--idle-timeout ends a silent command, and never one that talks", [
  "linux",
  "python3",
], async (place) => {
  const silent = place.shell(
    "ptrack run -s silent --idle-timeout 1 -- sh -c 'echo a; exec sleep 60'",
  );
  const talks = place.shell(
    `ptrack run -s talks --idle-timeout 2 -- sh -c '
      for i in $(seq 25); do echo $i >&2; sleep 0.1; done; exit 3'`,
  );
  const [ended, talked] = await Promise.all([silent, talks]);
  assertEquals([ended.code, ended.stdout], [124, "a\n"]);
  assertEquals(talked.code, 3);
  assertEquals(place.status("default", "silent").state, "failed");
});

placeTest("a signal to run with --retry ends it: no further try is made", [
  "linux",
  "python3",
], async (place) => {
  const running = startAlone(
    place,
    { ...PLAIN, run: "ptrack run -s a --retry 3 --retry-delay 0.01s --" },
    "sh -c 'echo try >> tries; exec sleep 60'",
  );
  await eventually(() => textOf(place.at("tries")) !== "");
  running.kill("SIGTERM");
  assertEquals((await running.result).code, 143);
  assertEquals(textOf(place.at("tries")), "try\n");
  assertEquals(place.status("default", "a").state, "failed");
});

/** Lets a minute pass for a session: all its times become older. */
function age(place: Place, session: string): void {
  for (const name of ["status.json", "log.jsonl"]) {
    const path = `${place.directory("default", session)}/${name}`;
    const older = textOf(path).replaceAll(
      /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=\.\d{6}\+00:00)/g,
      (time) =>
        new Date(Date.parse(`${time}Z`) - 60_000).toISOString().slice(0, 19),
    );
    Deno.writeTextFileSync(path, older);
  }
}

placeTest(
  "kill -9 of run is seen as a crash, which tells of the command's life",
  ["linux", "python3"],
  async (place) => {
    const way = { ...PLAIN, run: "ptrack run -s a --" };
    const { running, child, stop } = await startCounting(place, way);
    await eventually(() =>
      hasBegun(place) && place.status("default", "a").ptrack.child !== null
    );
    assertEquals(place.status("default", "a").ptrack.owner.pid, running.pid);
    assertEquals(place.status("default", "a").ptrack.child.pid, child);
    running.kill("SIGKILL");
    await eventually(() => !isAlive(running.pid));
    // It holds the test's pipes: it must end, whatever happens.
    using _end = { [Symbol.dispose]: stop };
    assert(isAlive(child));
    age(place, "a");
    const seen = async () => (await place.summary("default")).sessions[0];
    await eventually(async () => (await seen()).verdict.state === "crashed");
    const orphaned = (await seen()).verdict.reason;
    assert(orphaned.includes(String(child)), orphaned);
    const twice = await place.run("run", "--exclusive", "-s", "a", "true");
    assertEquals(twice.code, 125);
    assert(twice.stderr.includes(String(child)), twice.stderr);
    stop();
    await eventually(() => !isAlive(child));
    const alone = (await seen()).verdict;
    assertEquals(alone.state, "crashed");
    assert(alone.reason !== orphaned, alone.reason);
    // What crashed does not stand in the way of the next one.
    const again = await place.run("run", "--exclusive", "-s", "a", "true");
    assertEquals(again.code, 0, again.stderr);
    assertEquals(place.status("default", "a").ptrack.attempt, 2);
  },
);

placeTest("--pdeathsig ends the command with a run that is killed", [
  "linux",
  "python3",
], async (place) => {
  const way = { ...PLAIN, run: "ptrack run --pdeathsig kill --" };
  // As a supervisor does that kills a group: it is ptrack's alone.
  for (const to of ["ptrack", "its group"]) {
    const { running, child } = await startCounting(place, way);
    Deno.kill(to === "ptrack" ? running.pid : -running.pid, "SIGKILL");
    await eventually(() => !isAlive(child));
    Deno.removeSync(place.at("signals"));
  }
  const missing = await place.run("run", "--pdeathsig", "KILL", "--", "./no");
  assertEquals(missing.code, 127);
  assertMatch(missing.stderr, /there is no such command/);
});

placeTest("--pdeathsig ends what GNU parallel has given up", [
  "linux",
  "parallel",
], async (place) => {
  Deno.writeTextFileSync(
    place.at("stubborn"),
    "trap '' TERM; echo $$ > child; while :; do sleep 0.1; done",
  );
  await place.shell(
    "parallel --timeout 1 ::: 'ptrack run --pdeathsig KILL -- sh stubborn'",
  );
  const child = Number(textOf(place.at("child")));
  assert(child > 1);
  await eventually(() => !isAlive(child));
});

placeTest("the first process of a container leaves no zombie", [
  "linux",
  "root",
  "executable",
], async (place) => {
  const script = `for i in 1 2 3; do (sh -c "sleep 0.05 & exit"); done
    zombies() { cat /proc/[0-9]*/stat 2>/dev/null | grep -c " Z 1 "; }
    sleep 0.1; for i in $(seq 100); do
      test "$(zombies)" = 0 && exit 5; sleep 0.05; done`;
  Deno.writeTextFileSync(place.at("script"), script);
  const { code } = await place.shell(scriptFor(
    `unshare -pf --mount-proc true 2>/dev/null || exit 5
    unshare -pf --mount-proc RUN sh script`,
    PLAIN,
  ));
  assertEquals(code, 5);
});

placeTest("--idle-timeout does not count while a reader is slow", [
  "linux",
  "python3",
], async (place) => {
  const { stdout, stderr } = await place.shell(
    `(ptrack run -s a --idle-timeout 1 -- head -c 1000000 /dev/zero
      echo "code $?" >&2) | (sleep 2; wc -c)`,
  );
  assertEquals([stdout.trim(), stderr], ["1000000", "code 0\n"]);
});

placeTest("a command killed with SIGKILL ends a wait at once", [
  "linux",
  "python3",
], async (place) => {
  const way = { ...PLAIN, run: "ptrack run -s a --" };
  const { running, child } = await startCounting(place, way);
  const waiting = place.spawn({}, "monitor", "wait", "-w", "default");
  Deno.kill(child, "SIGKILL");
  assertEquals((await running.result).code, 137);
  const { code, stdout } = await waiting.result;
  assertEquals(code, 1);
  assertMatch(stdout, /SIGKILL/);
});
