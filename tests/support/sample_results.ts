/** Results for tests of report formats: the usual ones, and hostile ones. */
import type { MissingSession, Results } from "../../lib/report/results.ts";
import type {
  JsonObject,
  LogLine,
  SessionView,
} from "../../lib/session/types.ts";
import {
  after,
  emptyView,
  moment,
  snapshotOf,
  unreadableView,
  viewOf,
} from "./session_views.ts";

/** An event of a session, so many seconds after ten. */
export function event(
  seconds: number,
  name: string,
  details: JsonObject,
): LogLine {
  return {
    timestamp: after(seconds),
    event: name,
    session_id: "any",
    state: "running",
    progress_pct: 40,
    details,
    id: `id-${seconds}`,
    attempt: 1,
  };
}

/** The results of these sessions, each of which has these lines as its log. */
export function resultsOf(
  views: readonly SessionView[],
  { lines = [], missing = [], unfinished = "error" }: {
    lines?: readonly LogLine[];
    missing?: readonly MissingSession[];
    unfinished?: Results["unfinished"];
  } = {},
): Results {
  return {
    snapshot: snapshotOf(views, 400),
    logs: new Map(views.map(({ sessionId }) => [sessionId, lines])),
    missing,
    unfinished,
  };
}

const ENDED = { completed_at: after(90), last_heartbeat: after(90) };
const RUNNING = { last_heartbeat: after(390), progress_pct: 40 };

/** A session in each state, and two that are not there. */
export function usualResults(
  unfinished: Results["unfinished"] = "error",
): Results {
  const lines = [
    event(0, "started", { task: "Build it" }),
    event(60, "heartbeat", { message: "Linking", pct: 40 }),
    event(90, "failed", {
      error: "exit code 2: oops",
      exit_code: 2,
      tail: ["cc a.c", "oops"],
    }),
  ];
  const views = [
    viewOf("ask", RUNNING, {
      attempt: 1,
      waiting: { reason: "Which database?", since: after(100) },
    }),
    viewOf("build", {
      state: "failed",
      message: "FAILED: exit code 2: oops",
      progress_pct: 40,
      errors: [`[${after(90)}] FATAL: exit code 2: oops`],
      metadata: { command: "make all", directory: "/home/ann" },
      ...ENDED,
    }, { attempt: 1 }),
    viewOf("docs", {
      state: "completed",
      message: "Written",
      progress_pct: 100,
      ...ENDED,
    }, { attempt: 1 }),
    viewOf("by-hand", {
      state: "failed",
      message: "FAILED: It does not work",
      errors: [
        `[${after(50)}] First`,
        `[${after(90)}] FATAL: It does not work`,
      ],
      ...ENDED,
    }),
    { ...emptyView("later"), modifiedUs: moment(after(390)) },
    viewOf("lint", { ...RUNNING, message: "Half" }, { attempt: 2 }),
    viewOf("quiet", { ...RUNNING, last_heartbeat: after(200) }),
    viewOf("silent", { message: "Deep in thought" }),
    unreadableView("torn", "status.json is no JSON"),
  ];
  const result = resultsOf(views, {
    unfinished,
    missing: [
      { sessionId: "gone", kind: "vanished", reason: "It went away" },
      { sessionId: "", kind: "missing", reason: "1 of 4 never began" },
    ],
  });
  return { ...result, logs: new Map([["build", lines]]) };
}

/** A command that passed on its third try, and one that passed at once. */
export function flakyResults(): Results {
  const status = {
    state: "completed",
    task_description: "make test",
    progress_pct: 100,
    ...ENDED,
  } as const;
  const tried = { ended_by: "run", attempt: 1, errors_total: 2 } as const;
  const views = [
    viewOf("flaky", status, tried),
    viewOf("steady", status, { ...tried, errors_total: 0 }),
  ];
  const error = "Try 1 of 3: exit code 1: no";
  const lines = [
    { ...event(0, "error", { error: "before", try: 1 }), attempt: 0 },
    event(1, "started", { task: "make test" }),
    event(2, "error", { error, try: 1, tail: ["wait", "no"] }),
    event(3, "error", { error: "Try 2 of 3: exit code 1", try: 2 }),
    event(4, "error", { error: "reported by the command" }),
    event(5, "completed", { output_files: [] }),
  ];
  const result = resultsOf(views, { unfinished: "warning" });
  return { ...result, logs: new Map([["flaky", lines]]) };
}

/** Texts by which others would like to be more than text. */
export const HOSTILE: readonly string[] = [
  '"><script>alert(1)</script>',
  "]]></failure></testcase><testcase name='x'/>",
  "&amp; &#0; &lt;![CDATA[",
  "one\n::error title=x::y\r\n::set-output name=a::b",
  "%0A::error::x%25,title=a:b",
  "##[add-mask]secret",
  "a | b \\| c \\\\| d `code` ``more`` \\`",
  "`",
  "| --- | --- |",
  "[link](http://evil.example) ![image](x) <img src=x onerror=alert(1)>",
  "@everyone #1 www.evil.example user@evil.example **bold** _it_ ~~no~~",
  "```\nend of block\n```",
  "\x00\x01\x08\x0b\x1b[31mred\x1b[0m\x07\x7f\x85",
  "\ud800 lone \udc00 surrogates \ud83d",
  "\ufffe\uffff\ufdd0 no characters",
  "\u202eright to left\u2066 \u200b\u2028\u2029\ufeff",
  "名前 👩‍👩‍👧 é\u0301\u0301\u0301\u0301\u0301\u0301",
  "\\",
  '\\" \\n quote " and back \\',
  '# EOF\nptrack_session_state{a="b"} 1',
  "x".repeat(20_000),
  "",
];

/** Names that only a hostile directory has, some hard to tell apart. */
const NAMES = [
  '"><script>',
  "a|b`c\\|d",
  "::error::x",
  "%0A",
  "a\u200bb",
  "a\u200cb",
  "ab",
  '"ab"',
  "\u202etxt.exe",
  "名前",
  "new\nline",
  "@everyone",
  "\ud800",
  "\\",
  "it's",
  "--output=x",
];

/** Every hostile text in every place that a session fills. */
export function hostileResults(): Results {
  const views = HOSTILE.flatMap((text, index) => {
    const name = NAMES[index % NAMES.length] +
      (index < NAMES.length ? "" : "2");
    const common = {
      message: text,
      task_description: text,
      errors: [text, text],
      metadata: { command: text, directory: text },
      output_files: [text],
    };
    const state = index % 3;
    if (state === 0) {
      return [
        viewOf(name, {
          ...common,
          ...ENDED,
          state: "failed",
          message: `FAILED: ${text}`,
        }, { attempt: 1 }),
      ];
    }
    return state === 1
      ? [viewOf(name, { ...common, ...RUNNING }, {
        attempt: 1,
        waiting: { reason: text, since: text },
      })]
      : [unreadableView(name, text)];
  });
  const lines = HOSTILE.flatMap((text, index) => [
    event(index, text, { message: text, pct: { toString: text } }),
    event(index, "heartbeat", { message: text, pct: text }),
    event(index, "failed", { error: text, exit_code: 1, tail: [text, text] }),
  ]);
  const result = resultsOf(views, {
    lines,
    missing: HOSTILE.map((text) => ({
      sessionId: text.slice(0, 50),
      kind: "vanished" as const,
      reason: text,
    })),
  });
  const workspace = "w\n::error::<|`\u202e\ud800";
  return { ...result, snapshot: { ...result.snapshot, workspace } };
}
