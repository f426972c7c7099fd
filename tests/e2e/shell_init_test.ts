/** The functions for bash and zsh: one script, ended in every way. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { existsSync } from "@std/fs";
import {
  eventually,
  Place,
  placeTest,
  type Result,
} from "../support/program.ts";
import { type Need, needs } from "../support/needs.ts";

const SHELLS: { shell: string; need: Need[] }[] = [
  { shell: "bash", need: [] },
  { shell: "zsh", need: ["zsh"] },
];

const BEGIN = (shell: string) =>
  `set -euo pipefail
   eval "$(ptrack shell-init ${shell})"
   ptrack_start -w w -s s "A text"
   ptrack_heartbeat 50 half
   `;

/** Runs a script whose session is `s` of workspace `w`. */
function run(place: Place, shell: string, script: string): Promise<Result> {
  Deno.writeTextFileSync(place.at("script"), BEGIN(shell) + script);
  return place.shell(`exec ${shell} script`);
}

const ENDINGS: [script: string, code: number, message: string][] = [
  ["true", 0, "half"],
  ["exit 0", 0, "half"],
  ["exit 3", 3, "FAILED: exit status 3"],
  ["ptrack_complete; exit 3", 3, "half"],
  ["ptrack_fail 'it broke'; exit 0", 0, "FAILED: it broke"],
  ["(exit 0); (ptrack_heartbeat 60 sub; exit 0); exit 0", 0, "sub"],
  ["(exit 4) || true; exit 0", 0, "half"],
];

for (const { shell, need } of SHELLS) {
  for (const [script, code, message] of ENDINGS) {
    placeTest(
      `${shell}: "${script}" exits ${code} with "${message}"`,
      need,
      async (place) => {
        const result = await run(place, shell, script);
        assertEquals([result.code, result.stdout, result.stderr], [
          code,
          "",
          "",
        ]);
        const status = place.status("w", "s");
        const state = message.startsWith("FAILED") ? "failed" : "completed";
        assertEquals([status.state, status.message], [state, message]);
      },
    );
  }

  placeTest(
    `${shell}: an output may have any character in its name`,
    need,
    async (place) => {
      const script =
        "ptrack_complete $'a\\001b' $'\\037\\033[2J\\177' $'\\n\"\\\\\\t'\nexit 0";
      const result = await run(place, shell, script);
      assertEquals([result.code, result.stderr], [0, ""]);
      const { state, output_files } = place.status("w", "s");
      assertEquals(state, "completed");
      assertEquals(output_files, ["a\x01b", "\x1f\x1b[2J\x7f", '\n"\\\t']);
    },
  );

  for (const title of ["--help", "-h", "--version", "-V"]) {
    placeTest(
      `${shell}: "${title}" as a title begins no session and runs nothing`,
      need,
      async (place) => {
        const script = `eval "$(ptrack shell-init ${shell})"
          ptrack_start ${title} || echo "refused $?"
          eval "$(ptrack start --export ${title})" || echo false`;
        Deno.writeTextFileSync(place.at("script"), script);
        const result = await place.shell(`exec ${shell} script`);
        assertEquals(result.stdout, "refused 2\nfalse\n");
        assertStringIncludes(result.stderr, "comes after --");
        const made = [...Deno.readDirSync(place.at(".parallel"))];
        assertEquals(made, [], result.stderr);
      },
    );
  }

  placeTest(
    `${shell}: long reports of subshells at once neither mix nor get lost`,
    [...need],
    async (place) => {
      // Were two mixed, a line could begin with a word that ends the session.
      const result = await run(
        place,
        shell,
        `long=$(head -c 4084 /dev/zero | tr '\\0' B; printf 'complete %02000d' 1)
       for part in 1 2 3 4; do
         (for turn in {1..50}; do ptrack_error "$part-$turn $long"; done) &
       done
       wait
       ptrack_complete`,
      );
      assertEquals([result.code, result.stderr], [0, ""]);
      const { ptrack, output_files } = place.status("w", "s");
      assertEquals([ptrack.errors_total, output_files], [200, []]);
    },
  );

  placeTest(
    `${shell}: another IFS does not change what is reported`,
    [...need],
    async (place) => {
      const script = "IFS=,; ptrack_heartbeat 60 one two; ptrack_complete";
      const result = await run(place, shell, script);
      assertEquals([result.code, result.stderr], [0, ""]);
      assertEquals(place.status("w", "s").message, "one two");
    },
  );

  placeTest(
    `${shell}: what fails under set -e fails the session`,
    [...need],
    async (place) => {
      const { code } = await run(place, shell, "false\nexit 0");
      assertEquals(code, 1);
      // zsh says nothing to its hooks then: the stream sees the shell gone.
      await eventually(() => place.status("w", "s").state === "failed");
    },
  );

  Deno.test({
    name: `${shell}: every function says what it is told, whatever is in it`,
    ...needs(...need),
    async fn() {
      await using place = new Place();
      const { code, stdout, stderr } = await run(
        place,
        shell,
        `ptrack_heartbeat "3 files left"
         ptrack_waiting 'for $(touch no) you'
         ptrack_error "one
two" "\\three" 'a "b" %s'
         ptrack_heartbeat 7/20
         ptrack_heartbeat
         ptrack_complete "a b" 'c"d' 'e\\f' $'g\\nh' "" é 'x&y'
         cat .parallel/w/s/COMPLETED >/dev/null`,
      );
      assertEquals([code, stdout, stderr], [0, "", ""]);
      const told = place.log("w", "s").map(({ event, details }) => [
        event,
        details.message ?? details.reason ?? details.error ??
          details.output_files ?? details.task,
      ]).slice(1);
      // What came between may have been gathered into one.
      assertEquals(told.filter(([event]) => event !== "heartbeat"), [
        ["waiting", "for $(touch no) you"],
        ["error", 'one two \\three a "b" %s'],
        ["completed", ["a b", 'c"d', "e\\f", "g\nh", "", "é", "x&y"]],
      ]);
      const { message, errors } = place.status("w", "s");
      assertEquals([message, errors.length], ["3 files left", 1]);
      assertEquals(place.log("w", "s").at(-2).details.pct, 35);
    },
  });

  placeTest(
    `${shell}: a child reports to the same session`,
    [...need],
    async (place) => {
      const { code } = await run(
        place,
        shell,
        "ptrack error 'from a child'; exit 0",
      );
      assertEquals([code, place.status("w", "s").errors.length], [0, 1]);
    },
  );

  placeTest(
    `${shell}: subshells have sessions of their own, and wait waits for them alone`,
    [...need],
    async (place) => {
      const { code, stderr } = await run(
        place,
        shell,
        `for i in 1 2 3; do
         (ptrack_start -w w -s "sub$i"; ptrack_heartbeat "1$i" in; exit $((i - 1))) &
       done
       wait`,
      );
      assertEquals([code, stderr], [0, ""]);
      const states = ["s", "sub1", "sub2", "sub3"].map((session) =>
        place.status("w", session).message
      );
      assertEquals(states, [
        "half",
        "in",
        "FAILED: exit status 1",
        "FAILED: exit status 2",
      ]);
    },
  );

  placeTest(
    `${shell}: a second start is refused, the next one after the end is not`,
    [...need],
    async (place) => {
      const { code, stderr } = await run(
        place,
        shell,
        `eval "$(ptrack shell-init ${shell})"
       ptrack_start -w w -s t || ptrack_heartbeat 51 refused
       ptrack_complete
       ptrack_heartbeat 52 late
       ptrack_heartbeat 53 late
       ptrack_start -w w -s t`,
      );
      assertEquals(code, 0);
      assertEquals(stderr.trim().split("\n"), [
        'warning: Cannot start a session: this shell has "s"',
        "warning: Cannot report: no session runs in this shell; " +
        "ptrack_start begins one",
      ]);
      assertEquals(place.status("w", "s").message, "refused");
      assertEquals(place.status("w", "t").state, "completed");
    },
  );

  placeTest(
    `${shell}: a start that is refused fails, and ends a careful script`,
    [...need],
    async (place) => {
      await place.ok("start", "-w", "w", "-s", "s");
      const { code, stdout } = await run(place, shell, "echo on");
      assertEquals([code, stdout], [1, ""]);
    },
  );

  placeTest(
    `${shell}: a stream that dies does not end the script`,
    [...need],
    async (place) => {
      const { code, stdout, stderr } = await run(
        place,
        shell,
        `kill -9 $__ptrack_pid
       while kill -0 $__ptrack_pid 2>/dev/null; do sleep 0.01; done
       for i in 1 2 3; do ptrack_heartbeat $i x; done
       ptrack_complete
       echo survived`,
      );
      assertEquals([code, stdout], [0, "survived\n"]);
      assertEquals(stderr.match(/Cannot report/g)?.length, 1, stderr);
    },
  );

  placeTest(
    `${shell}: killed, it fails its session although a child holds the pipe`,
    [...need],
    async (place) => {
      const { signal } = await run(
        place,
        shell,
        "sleep 20 >/dev/null 2>&1 & echo $! >child; kill -9 $$",
      );
      assertEquals(signal, "SIGKILL");
      await eventually(() => place.status("w", "s").state === "failed");
      assertStringIncludes(place.status("w", "s").message, "is gone");
      Deno.kill(
        Number(Deno.readTextFileSync(place.at("child"))),
        "SIGKILL",
      );
    },
  );

  placeTest(
    `${shell}: a child that outlives the script does not keep it`,
    need,
    async (place) => {
      const { code } = await run(
        place,
        shell,
        "sleep 20 >/dev/null 2>&1 & echo $! >child; exit 0",
      );
      const child = Number(Deno.readTextFileSync(place.at("child")));
      Deno.kill(child, "SIGKILL");
      assertEquals([code, place.status("w", "s").state], [0, "completed"]);
    },
  );
}

for (const signal of ["TERM", "HUP", "INT", "USR1", "PIPE", "ALRM"]) {
  Deno.test(`bash: SIG${signal} ends it as ever, and the session is no success`, async () => {
    await using place = new Place();
    const result = await run(place, "bash", `kill -${signal} $$; exit 0`);
    assertEquals(result.signal, `SIG${signal}`);
    const { state, message } = place.status("w", "s");
    assertEquals([state, message], [
      "failed",
      `FAILED: the shell was ended by SIG${signal}`,
    ]);
  });
}

Deno.test("bash: traps that were set before stay as they were", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(
    place.at("script"),
    `set -euo pipefail
     trap 'echo "exit trap with $?"; exit 9' EXIT
     trap 'echo "it'\\''s TERM"' TERM
     ${BEGIN("bash")}
     kill -TERM $$
     exit 3`,
  );
  const { code, stdout, stderr } = await place.shell("exec bash script");
  assertEquals([code, stdout, stderr], [
    9,
    "it's TERM\nexit trap with 3\n",
    "",
  ]);
  assertEquals(place.status("w", "s").message, "FAILED: exit status 3");
});

Deno.test("bash: in POSIX mode, too, traps stay and the exit code is the script's", async () => {
  await using place = new Place();
  const script = `trap 'echo asked' USR1; ${BEGIN("bash")}
    kill -USR1 $$; ptrack_complete; echo on; exit 0`;
  Deno.writeTextFileSync(place.at("script"), script);
  const result = await place.shell("exec bash --posix script");
  assertEquals([result.code, result.stdout, result.stderr], [
    0,
    "asked\non\n",
    "",
  ]);
  assertEquals(place.status("w", "s").state, "completed");
});

Deno.test("bash: a subshell's session leaves the exit trap of its parent alone", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(
    place.at("script"),
    `trap 'echo cleanup' EXIT
     eval "$(ptrack shell-init bash)"
     (ptrack_start -w w -s s; echo sub)
     echo main`,
  );
  const { stdout } = await place.shell("exec bash script");
  assertEquals(stdout, "sub\nmain\ncleanup\n");
  assertEquals(place.status("w", "s").state, "completed");
});

Deno.test("shell-init names the shells that it supports", async () => {
  await using place = new Place();
  for (const name of ["fish", "", "constructor", "/bin/bash"]) {
    const { code, stdout, stderr } = await place.run("shell-init", name);
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "bash and zsh");
  }
  assert(!existsSync(place.at(".parallel/default")));
});
