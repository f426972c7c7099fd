/** Markdown: a table that nothing in it can break out of. */
import { assert, assertEquals } from "@std/assert";
import { markdownReport, markdownWithin } from "../../lib/report/markdown.ts";
import { githubReport } from "../../lib/report/github.ts";
import { textReport } from "../../lib/report/text.ts";
import type { Results } from "../../lib/report/results.ts";
import {
  event,
  flakyResults,
  hostileResults,
  resultsOf,
  usualResults,
} from "../support/sample_results.ts";
import { assertGolden } from "../support/golden.ts";
import { after, viewOf } from "../support/session_views.ts";

/** Markdown without code spans: they begin and end with as many backticks. */
function withoutCode(line: string): string {
  let left = "";
  for (let rest = line; rest !== "";) {
    const open = /`+/.exec(rest);
    if (open === null) return left + rest;
    left += rest.slice(0, open.index);
    const inside = rest.slice(open.index + open[0].length);
    const close = [...inside.matchAll(/`+/g)]
      .find(([run]) => run.length === open[0].length);
    assert(close !== undefined, `no end of code: ${line}`);
    left += "CODE";
    rest = inside.slice(close.index + close[0].length);
  }
  return left;
}

/** A report without its fenced blocks, and how many there were. */
function withoutBlocks(report: string): { lines: string[]; blocks: number } {
  const lines: string[] = [];
  let fence = "";
  let blocks = 0;
  for (const line of report.split("\n")) {
    const run = /^(`{3,})(text)?$/.exec(line);
    if (fence === "" && run !== null) {
      fence = run[1]!;
      blocks++;
    } else if (fence !== "" && line === fence) fence = "";
    else if (fence === "") lines.push(line);
  }
  assertEquals(fence, "", "a block has no end");
  return { lines, blocks };
}

Deno.test("markdown: a workspace with a session in each state, to the byte", () => {
  assertGolden("reports/usual.md", markdownReport([usualResults()]));
});

Deno.test("markdown: a session without a message is told by its task", () => {
  const task_description = "make test";
  const views = [
    viewOf("a", { state: "completed", task_description }),
    viewOf("b", { task_description, last_heartbeat: after(390) }),
  ];
  const report = markdownReport([resultsOf(views)]);
  for (const row of ["completed", "running"]) {
    const end = "|  | `make test` |";
    const line = report.split("\n").find((one) => one.startsWith(`| ${row} |`));
    assert(line?.replace(/6m 40s/, "").endsWith(end), line);
  }
});

Deno.test("markdown, github, text: a session that passed on a later try is marked flaky", () => {
  const result = flakyResults();
  const table = markdownReport([result]);
  assert(table.includes("2 sessions: 2 completed (1 flaky)\n"), table);
  const row = "| completed, flaky | `flaky` | 100% | 1m 30s | `make test` |\n";
  assert(table.includes(`${row}| completed | \`steady\` |`), table);
  const tries = "Try 1 of 3: exit code 1: no%0ATry 2 of 3: exit code 1";
  assertEquals(
    githubReport([result]),
    `::warning title=adrs%3A flaky flaky::Passed on try 3%0A${tries}\n` +
      "::notice title=adrs::2 sessions: 2 completed (1 flaky)\n",
  );
  const told = `Passed on try 3; ${tries.replace("%0A", "; ")}`;
  assert(textReport([result]).endsWith(`  flaky is flaky: ${told}\n`));
});

Deno.test("text: messages and errors are not cut to columns, and none is told twice", () => {
  const message = `${"much to say ".repeat(9)}end`;
  const views = [
    viewOf("a", {
      state: "failed",
      message: `FAILED: ${message}`,
      errors: [
        `[${after(1)}] FATAL: ${message}`,
      ],
    }),
    viewOf("b", { message, errors: [`[${after(1)}] ${message}`] }),
  ];
  const report = textReport([resultsOf(views, { unfinished: "warning" })]);
  assertEquals(report.split(message).length - 1, 2, report);
});

Deno.test("markdown: hostile contents break no cell, no block, and are code only", () => {
  const result = hostileResults();
  const { lines, blocks } = withoutBlocks(markdownReport([result]));
  assertEquals(blocks, 10);
  const rows = lines.filter((line) => line.startsWith("| "));
  const count = result.snapshot.sessions.length + result.missing.length;
  assertEquals(rows.length, count + 2);
  for (const row of rows.slice(2)) {
    // As GFM splits: at each pipe without a backslash before it.
    const cells = row.split(/(?<!\\)\|/);
    assertEquals(cells.length, 7, row);
    // No renderer disagrees about a backslash before that backslash.
    assert(!row.includes("\\\\|"), row);
    for (const cell of cells) {
      const plain = withoutCode(cell.replaceAll("\\|", "|"));
      assert(/^ ?(\*\*[a-z ]+\*\*|[a-z0-9% ]*|CODE) ?$/.test(plain), row);
    }
  }
  for (const line of lines) {
    if (line.startsWith("| ")) continue;
    assert(
      /^(### CODE|CODE:|\*\*[\w ]+\*\*|[\w: ,.…]*)$/.test(withoutCode(line)),
      line,
    );
  }
});

Deno.test("markdown: a thousand sessions fit a step summary, the failed ones first", () => {
  const views = Array.from(
    { length: 2_000 },
    (_, index) =>
      viewOf(`s${index}`, {
        state: index === 1_999 ? "failed" : "completed",
        message: "名".repeat(2_000),
      }),
  );
  const report = markdownReport([resultsOf(views)]);
  assert(new TextEncoder().encode(report).length < 1024 * 1024);
  assert(report.includes("… and 1500 more."));
  const first = report.split("\n").find((line) => line.includes("`s"))!;
  assert(first.startsWith("| **failed** | `s1999`"), first);
});

Deno.test("markdown: many workspaces and endless commands fit a step summary, too", () => {
  const views = Array.from({ length: 510 }, (_, index) => {
    const command = index < 20 ? "x".repeat(200_000) : "x";
    const message = ("é" + "\u0301".repeat(4)).repeat(200);
    const metadata = { command, directory: "/" };
    return viewOf(`s${index}`, { state: "failed", message, metadata });
  });
  const lines = [event(9, "failed", { exit_code: 1 })];
  const result = resultsOf(views, { lines });
  for (const count of [1, 9]) {
    const report = markdownReport(new Array(count).fill(result));
    assert(new TextEncoder().encode(report).length < 1024 * 1024);
    assertEquals(report.match(/^### `/gm)?.length, count);
    assert(report.endsWith("```\n"), report.slice(-200));
    assertEquals(withoutBlocks(report).blocks % 10, 0);
  }
});

Deno.test("markdown: a report fits into what room there is, the first sections first", () => {
  const encoder = new TextEncoder();
  const command = "x".repeat(5_000);
  const views = Array.from(
    { length: 50 },
    (_, index) =>
      viewOf(`s${index}`, {
        state: "failed",
        message: "no disk",
        metadata: { command, directory: "/" },
      }),
  );
  const lines = [event(9, "failed", { exit_code: 1 })];
  const result = resultsOf(views, { lines });
  let before = 0;
  for (const room of [50, 220, 1_000, 5_000, 20_000, 70_000, 200_000]) {
    const report = markdownWithin([result, result, result], room);
    const size = encoder.encode(report).length;
    assert(size <= room && size >= before, `${size} of ${room}`);
    assertEquals(report === "", room === 50, report);
    const isCut = /^… and [12] more workspaces\.$/m.test(report);
    assertEquals(isCut, room === 220, report);
    before = size;
    withoutBlocks(report);
  }
});

Deno.test("markdown: the count of unfinished sessions is above the table", () => {
  const views = [viewOf("a", { last_heartbeat: after(390) })];
  const told = "**1 session had not finished when the wait ended**";
  const reportOf = (unfinished: Results["unfinished"]) =>
    markdownReport([resultsOf(views, { unfinished })]);
  assert(reportOf("error").includes(`\n\n${told}\n\n|`));
  assert(!reportOf("warning").includes("not finished"));
  assert(!reportOf("accepted").includes("not finished"));
});
