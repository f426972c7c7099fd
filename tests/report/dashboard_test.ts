import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  byUrgency,
  compareBytes,
  dashboard,
  dashboards,
  workspacesText,
} from "../../lib/report/dashboard.ts";
import { type Surface, widthOf } from "../../lib/report/display.ts";
import type { Snapshot } from "../../lib/session/types.ts";
import {
  after,
  emptyView,
  moment,
  referenceOutput,
  referenceView,
  snapshotOf,
  TEN,
  unreadableView,
  viewOf,
} from "../support/session_views.ts";

const EXAMPLE = `
  Parallel Session Dashboard: adrs
  =======================================================
  Total: 4 | Running: 1 | Done: 2 | Failed: 1 | Timed Out: 0 | Stale: 0
  -------------------------------------------------------
  [+] adr-01               [####################] 100% | ADR-001 complete
  [+] adr-02               [####################] 100% | ADR-002 complete
  [~] adr-03               [############--------]  60% | Drafting options
  [X] adr-04               [######--------------]  30% | FAILED: API timeout
      Last error: [2026-02-13T10:30:00] FATAL: API timeout
  -------------------------------------------------------
  Polled at: 2026-02-13T10:45:00+00:00

`;

function done(sessionId: string, message: string) {
  const completed_at = after(1_500);
  return viewOf(sessionId, {
    state: "completed",
    progress_pct: 100,
    message,
    completed_at,
  });
}

const FAILED = viewOf("adr-04", {
  state: "failed",
  progress_pct: 30,
  message: "FAILED: API timeout",
  errors: [
    "[2026-02-13T10:10:00.000000+00:00] slow",
    "[2026-02-13T10:30:00.123456+00:00] FATAL: API timeout",
  ],
  completed_at: after(1_800),
});

const DRAFTING = viewOf("adr-03", {
  progress_pct: 60,
  message: "Drafting options",
  last_heartbeat: after(2_690),
}, { progress_at: after(2_690) });

const FOUR = [
  done("adr-01", "ADR-001 complete"),
  done("adr-02", "ADR-002 complete"),
  DRAFTING,
  FAILED,
];

function terminal(columns: number, color = false): Surface {
  return { columns, color };
}

/** The lines of the sessions, without head and foot. */
function rows(snapshot: Snapshot, surface?: Surface): string[] {
  return dashboard(snapshot, surface).split("\n").slice(5, -4);
}

function ids(lines: string[]): string[] {
  return lines.filter((line) => line.startsWith("  ["))
    .map((line) => line.slice(6).split(" ")[0]!);
}

Deno.test("plain output is the example of the best practices, byte for byte", () => {
  assertEquals(dashboard(snapshotOf(FOUR, 2_700)), EXAMPLE);
});

Deno.test("sessions come in the order of their ids, however they were read", () => {
  assertEquals(dashboard(snapshotOf(FOUR.toReversed(), 2_700)), EXAMPLE);
});

Deno.test("what the original printed looks the same, except for times and hostile text", () => {
  const at = "2026-11-22T11:13:34.538114+00:00";
  const views = ["a-running", "b-completed", "c-failed"].map(referenceView);
  const mine = dashboard(snapshotOf(views, (moment(at) - TEN) / 1e6))
    .split("\n");
  const original = referenceOutput("dashboard-notimeouts.out").split("\n");
  assertEquals(mine.slice(0, 3), original.slice(0, 3));
  assertEquals(mine.slice(5, 8), original.slice(5, 8));
  assertEquals(
    mine[8],
    "      Last error: [2026-11-22T11:13:33] FATAL: Could not install dependencies",
  );
  assertEquals(mine.slice(-3), [
    "  Polled at: 2026-11-22T11:13:34+00:00",
    "",
    "",
  ]);
});

Deno.test("hostile text stays on its line, harmless", () => {
  const view = referenceView("g-unicode");
  const lines = rows(snapshotOf([view], (view.modifiedUs - TEN) / 1e6 + 1));
  assertEquals(lines, [
    "  [~] g-unicode            [############--------]  60% | " +
    "第一行 🎉 second line with tab third ␛[3",
    "      Last error: [2026-11-22T11:13:33] " +
    "エラー: ファイルが見つかりません 😱 ␛[",
  ]);
});

Deno.test("icons and further totals appear where there is something to show", () => {
  const snapshot = snapshotOf([
    { ...emptyView("a"), modifiedUs: TEN + 900e6 },
    viewOf("b", { message: "asks", last_heartbeat: after(995) }, {
      waiting: { reason: "May I?", since: null },
    }),
    unreadableView("c", "status.json: not JSON"),
    viewOf("d", { message: "hung" }),
    viewOf("e", { message: "slow", last_heartbeat: after(800) }),
  ], 1_000);
  const lines = dashboard(snapshot).split("\n");
  assertEquals(
    lines[3],
    "  Total: 5 | Running: 2 | Done: 0 | Failed: 0 | Timed Out: 1 | Stale: 1" +
      " | Pending: 1 | Waiting: 1 | Unreadable: 1",
  );
  const bar = "[--------------------]   0% |";
  assertEquals(lines.slice(5, 10), [
    `  [.] a                    ${bar} `,
    `  [w] b                    ${bar} May I?`,
    `  [?] c                    ${bar} status.json: not JSON`,
    `  [!] d                    ${bar} No heartbeat for 16m 40s (limit 5m)`,
    `  [~] e                    ${bar} slow`,
  ]);
});

Deno.test("a row without a message shows the task", () => {
  const task_description = "make test";
  const ended = { completed_at: after(900), progress_pct: 100 };
  const snapshot = snapshotOf([
    viewOf("a", { task_description, ...ended, state: "completed" }),
    viewOf("b", { task_description, last_heartbeat: after(990) }),
    viewOf("c", { task_description, last_heartbeat: after(800) }),
    viewOf("d", { last_heartbeat: after(800) }),
  ], 1_000);
  assertEquals(rows(snapshot).map((row) => row.split("| ")[1]), [
    ...["make test", "make test", "make test", ""],
  ]);
  const shown = rows(snapshot, terminal(160)).map((row) => row.split("| ")[1]!);
  assert(shown[0]!.startsWith("make test "), shown[0]);
  assert(shown[2]!.startsWith("No heartbeat for 3m 20s: make test "), shown[2]);
  assert(shown[3]!.startsWith("No heartbeat for 3m 20s  "), shown[3]);
});

Deno.test("a crashed session is marked and counted", () => {
  const snapshot = snapshotOf([viewOf("a")]);
  const verdict = snapshot.sessions[0]!.verdict;
  verdict.state = "crashed";
  verdict.reason = "Its process 42 is gone";
  snapshot.totals = { ...snapshot.totals, running: 0, crashed: 1 };
  const text = dashboard(snapshot);
  assertStringIncludes(text, "| Stale: 0 | Crashed: 1\n");
  assertStringIncludes(text, "  [!] a  ");
  assertStringIncludes(text, "| Its process 42 is gone\n");
});

Deno.test("the id column grows to the longest id, up to forty columns", () => {
  const widthWith = (id: string) =>
    rows(snapshotOf([viewOf("a"), viewOf(id)]))[0]!.indexOf("[-") - 7;
  assertEquals(widthWith("b"), 20);
  assertEquals(widthWith("b".repeat(30)), 30);
  assertEquals(widthWith("b".repeat(90)), 40);
  const [, long] = rows(snapshotOf([viewOf("a"), viewOf("b".repeat(90))]));
  assertStringIncludes(long!, `[~] ${"b".repeat(39)}… [-`);
});

Deno.test("a foreign name is escaped and aligned by its columns", () => {
  const lines = rows(snapshotOf([viewOf("設計 \x1b[2J"), viewOf("a")]));
  assertEquals(lines[1]!.slice(0, 25), '  [~] "設計 \\u001b[2J"     ');
  assertEquals(
    widthOf(lines[1]!.split("[-")[0]!),
    widthOf(lines[0]!.split("[-")[0]!),
  );
});

Deno.test("a message is cut at forty columns without a terminal", () => {
  const of = (message: string) =>
    rows(snapshotOf([viewOf("a", { message })]))[0]!.split(" | ")[1]!;
  assertEquals(of("x".repeat(99)), "x".repeat(40));
  assertEquals(of("漢".repeat(99)), "漢".repeat(20));
  assertEquals(of("x" + "👩‍💻".repeat(99)), "x" + "👩‍💻".repeat(19));
});

Deno.test("an error without a time is shown as it is, cut at sixty columns", () => {
  const view = viewOf("a", { errors: [`[soon] ${"e".repeat(99)}`] });
  assertEquals(
    rows(snapshotOf([view]))[1],
    `      Last error: [soon] ${"e".repeat(53)}`,
  );
});

Deno.test("no line is wider than the terminal, whatever its width", () => {
  const long = "決定 of the 👩‍💻 ".repeat(40);
  const snapshot = snapshotOf([
    ...FOUR,
    viewOf("漢字".repeat(30), { message: long, errors: [long] }),
    viewOf("x".repeat(120), { message: long }),
    referenceView("g-unicode"),
  ], 2_700);
  for (let columns = 1; columns < 200; columns++) {
    for (const line of dashboard(snapshot, terminal(columns)).split("\n")) {
      const width = widthOf(line);
      assert(width <= columns, `${width} > ${columns}: ${line}`);
    }
  }
});

Deno.test("a wide terminal shows elapsed time, age of the heartbeat and estimate", () => {
  const lines = rows(snapshotOf(FOUR, 2_700), terminal(120));
  assertEquals(
    lines[2],
    [
      "  [~] adr-03               [############--------]  60% | ",
      "Drafting options".padEnd(26),
      "  45m 00s   hb 10s       eta 30m 00s",
    ].join(""),
  );
  assertEquals(
    lines[0],
    "  [+] adr-01               [####################] 100% | " +
      "ADR-001 complete".padEnd(26) + "  25m 00s",
  );
  assert(!rows(snapshotOf(FOUR, 2_700), terminal(80))[2]!.includes("45m"));
});

Deno.test("a terminal shows why a session is stale and marks cut text", () => {
  const view = viewOf("a", { message: "Thinking about all of it" });
  const [line] = rows(snapshotOf([view], 200), terminal(90));
  assertStringIncludes(line!, "| No heartbeat for 3m 20s:");
  assert(line!.trimEnd().includes("…"));
});

Deno.test("a narrow terminal drops the bar, then part of the id", () => {
  const snapshot = snapshotOf([viewOf("a".repeat(40), { message: "m" })]);
  assertEquals(rows(snapshot, terminal(64)), [
    `  [~] ${"a".repeat(33)}…   0% | m`,
  ]);
});

Deno.test("colour is off by default and changes no text", () => {
  const snapshot = snapshotOf(FOUR, 2_700);
  const plain = dashboard(snapshot, terminal(100));
  const colored = dashboard(snapshot, terminal(100, true));
  assert(!plain.includes("\x1b"));
  assert(colored.includes("\x1b[32m  [+]\x1b[0m"));
  assert(colored.includes("\x1b[31m  [X]\x1b[0m"));
  // deno-lint-ignore no-control-regex
  assertEquals(colored.replace(/\x1b\[\d*m/g, ""), plain);
});

Deno.test("in the live view sessions that need attention come first", () => {
  const snapshot = snapshotOf([
    done("a-done", ""),
    { ...emptyView("b-pending"), modifiedUs: TEN + 990e6 },
    viewOf("c-runs", { last_heartbeat: after(990) }),
    viewOf("d-stale", { last_heartbeat: after(800) }),
    viewOf("e-waits", {}, { waiting: { reason: "?", since: null } }),
    unreadableView("f-odd", "?"),
    viewOf("g-hung"),
    viewOf("i-failed", { state: "failed" }),
    viewOf("h-failed", { state: "failed" }),
  ], 1_000);
  const urgent = snapshot.sessions.toSorted(byUrgency);
  assertEquals(urgent.map(({ view }) => view.sessionId), [
    "h-failed",
    "i-failed",
    "g-hung",
    "f-odd",
    "e-waits",
    "d-stale",
    "c-runs",
    "b-pending",
    "a-done",
  ]);
  const byId = ids(rows(snapshot, terminal(80)));
  assertEquals(byId, byId.toSorted());
});

Deno.test("several workspaces follow each other with one blank line between", () => {
  const one = snapshotOf(FOUR, 2_700);
  const two = { ...one, workspace: "x\ty" };
  const text = dashboards([one, two]);
  assert(text.startsWith(EXAMPLE));
  assert(!text.includes("\n\n\n"));
  assertStringIncludes(text, 'Dashboard: "x\\ty"\n');
});

Deno.test("ten thousand sessions are ten thousand lines", () => {
  const views = Array.from(
    { length: 10_000 },
    (_, index) =>
      viewOf(`s-${String(index).padStart(5, "0")}`, {
        message: index % 2 === 0 ? "Drafting" : "草稿 ".repeat(2_000),
      }),
  );
  assertEquals(rows(snapshotOf(views)).length, 10_000);
});

const ADRS = snapshotOf([
  viewOf("a", { last_heartbeat: after(50) }),
  viewOf("b", { state: "completed" }),
  viewOf("c", { state: "failed" }),
]);
const OTHER = {
  ...snapshotOf([{ ...emptyView("e"), modifiedUs: TEN + 50e6 }]),
  workspace: "設計",
};

Deno.test("the list of workspaces is a table of counts", () => {
  assertEquals(
    workspacesText([ADRS]),
    "  Workspace             Total  Running   Done  Failed  Timed Out  Stale\n" +
      "  adrs                      3        1      1       1          0      0\n",
  );
  assertEquals(workspacesText([]), "");
});

Deno.test("rare counts have a column where one is not zero, and names keep their width", () => {
  const lines = workspacesText([ADRS, OTHER]).split("\n");
  assert(lines[0]!.endsWith("  Stale  Pending"));
  assertEquals(lines[1]!.at(-1), "0");
  assertEquals(lines[2]!.slice(0, 27), '  "設計"' + " ".repeat(20) + "1");
});

Deno.test("ids are sorted by their bytes", () => {
  const ids = ["b", "a-2", "a-10", "a", "\u{10000}", "\uffee", "B"];
  assertEquals(ids.toSorted(compareBytes), [
    "B",
    "a",
    "a-10",
    "a-2",
    "b",
    "\uffee",
    "\u{10000}",
  ]);
});
