/**
 * The program on `deno run` and on Node (the package of `make npm`): whether it
 * does its work there at all, once through all its parts. Everything else is
 * tested on the executable, and by `make soak` on all three.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { pythonPath } from "../support/comparison.ts";
import { prompt, stop, tool } from "../support/hook_payloads.ts";
import { type Need, needs } from "../support/needs.ts";
import { get, startServer } from "../support/page_server.ts";
import {
  type Engine,
  eventually,
  Place,
  testData,
} from "../support/program.ts";

type Test = (place: Place, engine: Engine) => Promise<void>;

const TESTS: Record<string, { needs?: Need[]; test: Test }> = {
  "a session from its start to its end": {
    async test(place) {
      const script = `set -e
        eval "$(ptrack start --export -w w -s a 'Draft it')"
        ptrack heartbeat --pct 40 -m 'Half' --meta n=1
        ptrack error 'No network'
        ptrack waiting 'Which one?'
        ptrack complete --output made.md`;
      const { code, stderr } = await place.shell(script);
      assertEquals([code, stderr], [0, ""]);
      assertEquals(
        place.log("w", "a").map(({ event }) => event).join(" "),
        "started heartbeat error waiting completed",
      );
      const { completed, sessions } = await place.summary("w");
      assertEquals([completed, sessions[0].output_files], [1, ["made.md"]]);
      assertMatch(await place.ok("monitor", "-w", "w"), /\[\+\] a .*100%/);
      assertEquals(place.names("w", "a"), [
        ...["COMPLETED", "log.jsonl", "status.json"],
      ]);
    },
  },

  "errors set the exit code, and are one line": {
    async test(place) {
      for (
        const [line, code] of [
          ["heartbeat -s gone", 3],
          ["start -s a --pct", 2],
          ["strat", 2],
        ] as const
      ) {
        const result = await place.run(...line.split(" "));
        assertEquals([result.code, result.stdout], [code, ""]);
        assertMatch(result.stderr, /^error: Cannot [^\n]*\n$/);
      }
      assertMatch(await place.ok("--help"), /Usage|usage/);
    },
  },

  "a wait ends when all have ended, and as they did": {
    async test(place) {
      await place.ok("start", "-w", "w", "-s", "a");
      const on = ["-w", "w", "--report", "junit=r.xml"];
      const waiting = place.spawn({}, "monitor", "wait", ...on);
      await eventually(() => waiting.stdout !== "");
      await place.ok("fail", "-w", "w", "-s", "a", "No disk");
      const { code, stdout } = await waiting.result;
      assertEquals(code, 1);
      assertMatch(stdout, /a failed: No disk/);
      assertMatch(Deno.readTextFileSync(place.at("r.xml")), /<failure /);
      const more = ["--expect", "2", "--timeout", "0.1s"];
      assertEquals(
        (await place.run("monitor", "wait", ...on, ...more)).code,
        124,
      );
    },
  },

  "a watch prints each change, and runs a command for it": {
    async test(place) {
      await place.ok("start", "-w", "w", "-s", "a");
      const command = 'echo "$PTRACK_EVENT" >> told';
      const watching = place.spawn(
        {},
        ...["monitor", "watch", "-w", "w", "--on-change", command],
      );
      await eventually(() => watching.stdout.includes("a running"));
      await place.ok("complete", "-w", "w", "-s", "a", "-m", "Done");
      const { code, stdout } = await watching.result;
      assertEquals(code, 0);
      assertMatch(stdout, /a completed: Done/);
      assertEquals(Deno.readTextFileSync(place.at("told")), "completed\n");
    },
  },

  "run passes streams, arguments and the exit code through": {
    needs: ["linux"],
    async test(place) {
      for (const way of ["plain", "capture"]) {
        const option = way === "capture" ? "--capture" : "";
        const { code, stdout, stderr } = await place.shell(
          `echo in | ptrack run ${option} -s ${way} -- sh -c \\
             'cat; printf "[%s]" "$@"; echo no >&2; exit 7' sh '' 'a  b'`,
        );
        assertEquals([code, stdout, stderr], [7, "in\n[][a  b]", "no\n"]);
        assertEquals(place.status("default", way).state, "failed");
      }
      const stopped = await place.run(
        ...["run", "--timeout", "0.1s", "--", "sleep", "60"],
      );
      assertEquals(stopped.code, 124);
      const missing = await place.run("run", "--", "no-such-command");
      assertEquals(missing.code, 127);
    },
  },

  "run passes a signal on, and ends as its command": {
    needs: ["linux"],
    async test(place) {
      const script = "trap 'echo heard; exit 3' TERM; echo ready; " +
        "while :; do sleep 0.01; done";
      const running = place.spawn({}, "run", "--", "sh", "-c", script);
      await eventually(() => running.stdout.includes("ready"));
      running.kill("SIGTERM");
      const { code, stdout } = await running.result;
      assertEquals([code, stdout], [3, "ready\nheard\n"]);
      const killed = await place.run("run", "--", "sh", "-c", "kill -9 $$");
      assertEquals(killed.code, 137);
    },
  },

  "run in a terminal: a key reaches the command exactly once": {
    needs: ["linux", "python3", "pty"],
    async test(place) {
      const { stdout, stderr } = await place.shell(
        `exec '${pythonPath()}' '${
          testData("run/terminal.py")
        }' keys 'ptrack run --'`,
      );
      assert(stdout !== "", stderr);
      const { seen, terminals, code } = JSON.parse(stdout);
      assertEquals([terminals, code], ["ttt", 0]);
      assertEquals(seen.map(([, signals]: [string, string[]]) => signals), [
        ...[["SIGINT"], ["SIGINT"], ["SIGQUIT"], ["SIGINT"]],
      ]);
    },
  },

  "a stream of lines is a session": {
    async test(place) {
      const stdin = "5 a\n7/20 chapters\nerror no\ncomplete a.md\n";
      const { code } = await place.runWith({ stdin }, "stream", "-s", "a");
      assertEquals(code, 0);
      const { state, output_files } = place.status("default", "a");
      assertEquals([state, output_files], ["completed", ["a.md"]]);
    },
  },

  "hooks of an agent are a session": {
    async test(place) {
      for (const payload of [prompt("Go"), tool("make"), stop()]) {
        const stdin = JSON.stringify({
          session_id: "7b0c1234-5678-4abc",
          cwd: place.path,
          ...payload,
        });
        assertEquals((await place.runWith({ stdin }, "hook")).code, 0);
      }
      const [name] = place.names("claude");
      const { message, ptrack } = place.status("claude", name);
      assertEquals([message, ptrack.waiting.kind], ["Bash: make", "idle"]);
    },
  },

  "a script of a shell is a session": {
    async test(place) {
      const { code, stderr } = await place.shell(`set -euo pipefail
        eval "$(ptrack shell-init bash)"
        ptrack_start -w w -s a 'A text'
        ptrack_heartbeat 50 half
        exit 3`);
      assertEquals([code, stderr], [3, ""]);
      assertEquals(place.status("w", "a").message, "FAILED: exit status 3");
    },
  },

  "the page is served, and the server ends well": {
    async test(place) {
      await place.ok("start", "-w", "w", "-s", "a", "Draft it");
      const { port, running } = await startServer(place, "-w", "w");
      assertMatch((await get(port, "/")).body, /<html/);
      await eventually(async () =>
        (await get(port, "/state")).body.includes("Draft it")
      );
      running.kill("SIGTERM");
      const { code, stderr } = await running.result;
      assertEquals([code, stderr], [0, ""]);
    },
  },

  "init sets up hooks that work, as doctor finds": {
    async test(place) {
      const git = await place.shell("git init -q .");
      assertEquals([git.code, git.stderr], [0, ""]);
      const env = { HOME: place.path, PATH: place.searchPath() };
      const init = await place.runWith({ env }, "init", "--claude-code");
      assertEquals([init.code, init.stderr], [0, ""]);
      const { stdout } = await place.runWith({ env }, "doctor");
      assertMatch(stdout, /\[ok\] git ignores/);
      // Here it may take its time.
      assertMatch(stdout, /The hook (answers|takes)/);
    },
  },

  "cleaning removes what is old": {
    async test(place) {
      await place.ok("start", "-w", "w", "-s", "a");
      await place.ok("complete", "-w", "w", "-s", "a");
      await place.ok("clean", "--older-than", "0", "--yes");
      assert(!place.names("").includes("w"));
    },
  },
};

for (const engine of ["deno", "node"] as const) {
  for (const [name, { needs: more = [], test }] of Object.entries(TESTS)) {
    const own: Need[] = engine === "node" ? ["node package"] : [];
    Deno.test({
      name: `${engine}: ${name}`,
      ...needs(...own, ...more),
      async fn() {
        await using place = new Place(engine);
        await test(place, engine);
      },
    });
  }
}
