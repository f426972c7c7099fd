/** What holds of every format, whatever sessions say. */
import { assert } from "@std/assert";
import { FORMATTERS } from "../../lib/report/formats.ts";
import { logText } from "../../lib/report/log.ts";
import { workspacesText } from "../../lib/report/dashboard.ts";
import { Changes, changeText } from "../../lib/report/changes.ts";
import type { Results } from "../../lib/report/results.ts";
import { htmlReport } from "../../lib/web/html_report.ts";
import { event, hostileResults, resultsOf } from "../support/sample_results.ts";
import { after, snapshotOf, viewOf } from "../support/session_views.ts";

/** Commands to the runners of GitHub, Azure DevOps and TeamCity. */
const COMMANDS = [
  "::error title=x::y",
  "  ::stop-commands::y",
  "::add-mask::y",
  "##[error]y",
  "##vso[task.complete result=Succeeded;]y",
  "##teamcity[testFailed name='y']",
];

/** Each command in each place that a session fills, and as its name. */
function commanding(): Results[] {
  return COMMANDS.map((text) => {
    const said = {
      message: text,
      task_description: text,
      errors: [text, `[${after(1)}] ${text}`],
      metadata: { command: text, directory: text },
      output_files: [text],
    };
    const ended = { completed_at: after(9), last_heartbeat: after(9) };
    const views = [
      viewOf(text, said, {
        attempt: 1,
        waiting: { reason: text, since: null },
      }),
      viewOf("by-hand", { ...said, ...ended, state: "failed" }),
      viewOf("run", { ...said, ...ended, state: "failed" }, { attempt: 1 }),
    ];
    const lines = [
      event(1, text, { [text]: text }),
      event(2, "heartbeat", { message: text }),
      event(9, "failed", { error: text, exit_code: 1, tail: [text] }),
    ];
    const kind = "vanished";
    const missing = [{ sessionId: "", kind, reason: text }] as const;
    const results = resultsOf(views, { lines, missing });
    return { ...results, snapshot: { ...results.snapshot, workspace: text } };
  });
}

/** `own`: such as begins each line that is meant as a command. */
function assertNoCommand(text: string, own?: RegExp): void {
  for (const line of text.split("\n")) {
    const shown = line.slice(0, 200);
    assert(!/##(\[[a-z]|vso\[|teamcity\[)/i.test(line), shown);
    assert(!/^\s*::/.test(line) || own?.test(line), shown);
  }
}

for (const [format, load] of Object.entries(FORMATTERS)) {
  Deno.test(`${format}: no line is a command to the runner of a CI system`, async () => {
    const formatter = await load();
    const own = format === "github"
      ? /^::(error|warning|notice) title=[^:,]*::/
      : undefined;
    for (const one of [...commanding(), hostileResults()]) {
      assertNoCommand(formatter([one], "one"), own);
    }
  });
}

Deno.test("html: no line is a command to the runner of a CI system", async () => {
  const bare = (await htmlReport([resultsOf([])], "one")).split("\n");
  for (const one of commanding()) {
    const lines = (await htmlReport([one], "one")).split("\n");
    const own = new Set(bare);
    assertNoCommand(lines.filter((line) => !own.has(line)).join("\n"));
  }
});

Deno.test("logs, lists and changes are no commands to the runner of a CI system", () => {
  for (const { snapshot, logs } of commanding()) {
    assertNoCommand(workspacesText([snapshot]));
    for (const [id, lines] of logs) {
      const ref = { workspace: snapshot.workspace, sessionId: id };
      assertNoCommand(logText(ref, lines, 0));
    }
    const changes = new Changes();
    changes.next(snapshotOf([]));
    const { transitions } = changes.next(snapshot)!;
    assertNoCommand(transitions.map(changeText).join("\n"));
  }
});
