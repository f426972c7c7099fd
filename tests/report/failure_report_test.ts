/** How failed commands are reported. */
import { assertEquals } from "@std/assert";
import { failureReport } from "../../lib/report/failure_report.ts";
import { blankBookkeeping, blankStatus } from "../../lib/session/status.ts";
import type { JsonObject, LogLine, Status } from "../../lib/session/types.ts";

const AT = "2026-02-13T10:15:";

function line(second: number, event: string, details: JsonObject): LogLine {
  return {
    timestamp: `${AT}${String(second).padStart(2, "0")}.000000+00:00`,
    event,
    session_id: "job",
    state: "running",
    progress_pct: 0,
    details,
    id: `id-${second}-${event}`,
    attempt: 1,
  };
}

function failedStatus(changes: Partial<Status> = {}): Status {
  return {
    ...blankStatus({ workspace: "w", sessionId: "job" }),
    state: "failed",
    progress_pct: 40,
    started_at: `${AT}00.000000+00:00`,
    metadata: { command: "make all", directory: "/home/ann/a b" },
    ptrack: { ...blankBookkeeping(), attempt: 1 },
    ...changes,
  };
}

Deno.test("a failure report says how a command failed and how to run it again", () => {
  const text = failureReport(failedStatus(), [
    line(10, "heartbeat", { message: "Linking" }),
    line(20, "heartbeat", { message: "", auto: true }),
    line(32, "failed", {
      error: "exit code 2: oops",
      exit_code: 2,
      tail: ["cc a.c", "oops"],
    }),
  ]);
  assertEquals(
    text,
    [
      "  job failed after 32s: exit code 2",
      '    Last heartbeat: 22s before the end, at 40%, "Linking"',
      "    | cc a.c",
      "    | oops",
      "    Run again: cd '/home/ann/a b' && make all",
      "",
    ].join("\n"),
  );
});

Deno.test("a signal has its name, and a time limit is told in full", () => {
  const killed = failureReport(failedStatus({ metadata: {} }), [
    line(1, "failed", { error: "killed by SIGKILL", signal: "SIGKILL" }),
  ]);
  assertEquals(killed, "  job failed after 1s: killed by SIGKILL\n");
  const error = "ran longer than 5m; killed by SIGTERM";
  const limited = failureReport(failedStatus({ metadata: {} }), [
    line(1, "failed", { error, signal: "SIGTERM", exit_code: 124 }),
  ]);
  assertEquals(limited, `  job failed after 1s: ${error}\n`);
});

Deno.test("a failure reported by hand has no failure report, nor has a success", () => {
  assertEquals(
    failureReport(failedStatus(), [line(1, "failed", { error: "x" })]),
    "",
  );
  const completed = failedStatus({ state: "completed" });
  assertEquals(failureReport(completed, [line(1, "completed", {})]), "");
});

Deno.test("an earlier attempt's failure is not reported for this one", () => {
  const status = failedStatus({
    ptrack: { ...blankBookkeeping(), attempt: 2 },
  });
  const old = line(1, "failed", { error: "exit code 1", exit_code: 1 });
  assertEquals(failureReport(status, [old]), "");
});

Deno.test("nothing in a failure report can control a terminal", () => {
  const text = failureReport(
    failedStatus({
      session_id: "\x1b[2Jid",
      metadata: { command: "x\x1b]0;title\x07\ny", directory: "\u202e/d" },
    }),
    [
      line(1, "heartbeat", { message: "\x1b[31mred" }),
      line(2, "failed", {
        error: "\x1b[Hoops",
        exit_code: 1,
        tail: ["\x1b[5Ablink\r\n", 7, null],
      }),
    ],
  )!;
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f\u202e]/.test(text), false, text);
});

Deno.test("the command is shown whole, and is no command to the runner of a CI system", () => {
  const at = "    Run again: ".length + "cd /a && ".length;
  for (let left = 495; left < 502; left++) {
    const command = `${"x".repeat(left - at)}##[stop-commands]y`;
    const metadata = { command, directory: "/a" };
    const text = failureReport(failedStatus({ metadata }), [
      line(20, "failed", { exit_code: 2 }),
    ])!;
    assertEquals(text.replaceAll("# #[", "##[").includes(command), true);
    assertEquals(text.includes("##["), false, text);
  }
});
