/** The live view in a terminal that only a test has. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { blankStatus } from "../../lib/session/status.ts";
import { formatTimestamp } from "../../lib/session/times.ts";
import { takeSnapshot } from "../../lib/session/snapshot.ts";
import type { SessionView } from "../../lib/session/types.ts";
import { LiveView, splitKeys } from "../../lib/watch/live_view.ts";
import { dashboardBoard } from "../../lib/watch/view.ts";
import { board } from "../support/board.ts";
import { FakePlatform, MORNING_US, settled } from "../support/fake_platform.ts";

/** What a terminal shows: enough of one for what the screen writes. */
class Terminal {
  lines: string[] = [];
  isAlternate = false;
  isCursorHidden = false;

  feed(text: string): void {
    let row = 0;
    for (
      const [, code, plain] of text.matchAll(
        // deno-lint-ignore no-control-regex
        /\x1b\[([?0-9;]*[A-Za-z])|([^\x1b]+)/g,
      )
    ) {
      if (plain !== undefined) {
        this.lines[row] = (this.lines[row] ?? "") + plain;
      } else if (code === "?1049h") this.isAlternate = true;
      else if (code === "?1049l") this.isAlternate = false;
      else if (code === "?25l") this.isCursorHidden = true;
      else if (code === "?25h") this.isCursorHidden = false;
      else if (code === "2J") this.lines = [];
      else if (code === "2K") this.lines[row] = "";
      else if (code?.endsWith("H")) row = Number(code.split(";")[0]) - 1;
    }
  }
}

interface Bench {
  platform: FakePlatform;
  terminal: Terminal;
  view: LiveView;
  /** Lets the terminal have what was written, and returns that. */
  flush: () => string;
}

function openBench(rows = 12): Bench {
  const platform = new FakePlatform();
  platform.stdout.isTerminal = true;
  platform.stdout.screen = { columns: 110, rows };
  platform.stdin.isTerminal = true;
  const terminal = new Terminal();
  const view = new LiveView(platform, platform.stdin);
  const flush = () => {
    const text = platform.stdout.take();
    terminal.feed(text);
    return text;
  };
  view.open();
  flush();
  return { platform, terminal, view, flush };
}

Deno.test("several keys that arrive together are split", () => {
  assertEquals(splitKeys("jj\x1b[A\x1b[6~q"), [
    "j",
    "j",
    "\x1b[A",
    "\x1b[6~",
    "q",
  ]);
  assertEquals(splitKeys("\x1b"), ["\x1b"]);
});

Deno.test("a frame writes only the rows that changed", () => {
  const { view, terminal, flush } = openBench();
  view.show(board(3, "first"));
  flush();
  assertEquals(terminal.lines[1], `  ${"=".repeat(55)}`);
  view.show(board(3, "second"));
  const text = flush();
  assertStringIncludes(text, "second");
  assert(!text.includes("s0"), "an unchanged row was written again");
  assertEquals(terminal.lines[8], "  second, 110 columns");
  view.show(board(3, "second"));
  assertEquals(flush(), "");
  view.close();
});

Deno.test("rows that are no longer needed are cleared", () => {
  const { view, terminal, flush } = openBench(20);
  view.show(board(5));
  view.show(board(1));
  flush();
  assertEquals(terminal.lines.filter((line) => line.includes("[~]")).length, 1);
  view.close();
});

Deno.test("a resize draws everything again in the new size", () => {
  const { platform, view, terminal, flush } = openBench(12);
  view.show(board(20));
  flush();
  platform.stdout.screen = { columns: 60, rows: 30 };
  platform.signal("SIGWINCH");
  flush();
  assertEquals(
    terminal.lines.filter((line) => line.includes("[~]")).length,
    20,
  );
  assert(terminal.lines.some((line) => line.includes("60 columns")));
  view.close();
});

Deno.test("scrolling draws at once, without a new snapshot", () => {
  const { platform, view, terminal, flush } = openBench(12);
  view.show(board(20));
  platform.stdin.type("jj");
  flush();
  assertEquals(terminal.lines[4], "  [~] s2");
  view.close();
});

Deno.test("however the view is left, the terminal is restored", () => {
  const ways: [number | null, (platform: FakePlatform) => void][] = [
    [null, (platform) => platform.stdin.type("q")],
    [130, (platform) => platform.stdin.type("\x03")],
    [130, (platform) => platform.signal("SIGINT")],
    [143, (platform) => platform.signal("SIGTERM")],
    [129, (platform) => platform.signal("SIGHUP")],
    [131, (platform) => platform.signal("SIGQUIT")],
  ];
  for (const [expected, leave] of ways) {
    const { platform, view, terminal, flush } = openBench();
    view.show(board(1));
    leave(platform);
    assert(view.signal.aborted);
    assertEquals(view.signalExitCode, expected);
    view.close();
    flush();
    assert(!terminal.isAlternate);
    assert(!terminal.isCursorHidden);
    platform.stdin.type("j");
    assertEquals(platform.signal("SIGINT"), false, "a handler was left behind");
    assertEquals(flush(), "");
  }
});

Deno.test("Ctrl-Z restores the terminal while the program is stopped", () => {
  const { platform, view, terminal, flush } = openBench();
  view.show(board(2));
  flush();
  let wasAlternate = true;
  platform.systemCalls.onRaise = () => {
    flush();
    wasAlternate = terminal.isAlternate;
  };
  platform.stdin.type("\x1a");
  assertEquals(platform.systemCalls.raised, ["SIGSTOP"]);
  assert(!wasAlternate);
  flush();
  assert(terminal.isAlternate);
  assertEquals(terminal.lines[4], "  [~] s0");
  view.close();
});

Deno.test("after a stop from outside the screen is set up again", () => {
  const { platform, view, terminal, flush } = openBench();
  view.show(board(2));
  flush();
  terminal.isAlternate = false;
  terminal.lines = ["$ fg"];
  platform.signal("SIGCONT");
  flush();
  assert(terminal.isAlternate);
  assertEquals(terminal.lines[4], "  [~] s0");
  platform.stdin.type("q");
  assertEquals([view.signal.aborted, view.signalExitCode], [true, null]);
  view.close();
});

Deno.test("a terminal that is gone ends the view with an error, not a crash", () => {
  const { platform, view } = openBench();
  view.show(board(20));
  const gone = new Error("EIO");
  platform.stdout.write = () => {
    throw gone;
  };
  platform.stdin.type("j");
  assert(view.signal.aborted);
  let thrown: unknown = null;
  try {
    view.close();
  } catch (error) {
    thrown = error;
  }
  assertEquals(thrown, gone);
});

Deno.test("without a keyboard the view still draws", () => {
  const platform = new FakePlatform();
  platform.stdout.isTerminal = true;
  platform.stdout.screen = { columns: 80, rows: 24 };
  const view = new LiveView(platform, platform.stdin);
  view.open();
  view.show(board(1));
  assertStringIncludes(platform.stdout.take(), "[~] s0");
  view.close();
});

Deno.test("ages go on each second between two snapshots", async () => {
  const { platform, view, terminal, flush } = openBench();
  const ref = { workspace: "w", sessionId: "a" };
  const status = { ...blankStatus(ref), state: "running" as const };
  status.started_at = status.last_heartbeat = formatTimestamp(MORNING_US);
  const session: SessionView = {
    ...ref,
    condition: "readable",
    status,
    problem: "",
    note: "",
    modifiedUs: MORNING_US,
  };
  const snapshot = takeSnapshot("w", [session], { nowUs: MORNING_US });
  view.show(dashboardBoard(snapshot, { color: false, clock: platform.clock }));
  flush();
  assertStringIncludes(terminal.lines[4]!, "hb 0s");
  await platform.time.advance(7_000);
  await settled();
  const text = flush();
  assertStringIncludes(terminal.lines[4]!, "hb 7s");
  assertStringIncludes(terminal.lines[6]!, "10:15:07");
  assert(!text.includes("Dashboard"), "an unchanged row was written again");
  view.close();
  await platform.time.advance(7_000);
  assert(!flush().includes("hb"));
  assertEquals(platform.time.sleepers, 0);
});
