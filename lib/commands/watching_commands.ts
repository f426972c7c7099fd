/** The command by which people and scripts watch sessions. */
import type { Command, Option } from "../cli/table_types.ts";
import { REPORT_FORMATS } from "../report/formats.ts";
import { HEARTBEAT_TIMEOUT, SESSION_TIMEOUT } from "../cli/shared_options.ts";

const VIEW_FLAGS: readonly Option[] = [
  { name: "watch", view: "watch", help: "The same as the view watch" },
  { name: "wait", view: "wait", help: "The same as the view wait" },
  { name: "log", view: "log", help: "The same as the view log" },
  {
    name: "json",
    help: "JSON: with status the summary, otherwise one object a line",
  },
];

const SELECTION: readonly Option[] = [
  {
    name: "session",
    short: "s",
    value: "ID",
    repeatable: true,
    help: "Only this session; log also takes it from PTRACK_SESSION",
  },
  { name: "batch", value: "NAME", help: "Only attempts of this batch" },
  {
    name: "since",
    value: "TIME|DURATION",
    help: "Only attempts begun then or later: a time, or so long ago",
  },
];

const LIMITS: readonly Option[] = [
  HEARTBEAT_TIMEOUT,
  SESSION_TIMEOUT,
  {
    name: "stall-after",
    value: "DURATION",
    help: "Heartbeats without progress for so long are stale (30 m)",
  },
  {
    name: "poll-interval",
    value: "DURATION",
    help: "How often to look where file events do not arrive (30 s)",
  },
];

const WAIT: readonly Option[] = [
  {
    name: "timeout",
    onlyFor: ["wait"],
    value: "MINUTES|DURATION",
    help: "How long to wait; a bare number is minutes (60)",
  },
  {
    name: "expect",
    value: "N|ID,ID…",
    onlyFor: ["wait"],
    help: "So many sessions, or these, must be there and done",
  },
  { name: "any", onlyFor: ["wait"], help: "Until the first one has ended" },
  {
    name: "except",
    value: "ID,ID…",
    onlyFor: ["wait"],
    help: "Do not wait for these",
  },
  {
    name: "first-failure",
    onlyFor: ["wait"],
    help: "Leave as soon as one has failed",
  },
  {
    name: "until-waiting",
    onlyFor: ["wait"],
    help: "Leave as soon as one waits for input (exit 5)",
  },
  {
    name: "quiet",
    onlyFor: ["wait"],
    help: "Print nothing; the exit code says it",
  },
  {
    name: "report",
    value: "FORMAT=FILE",
    repeatable: true,
    onlyFor: ["wait"],
    help: "Write a report at the end, whatever the outcome",
  },
];

const REPORT: readonly Option[] = [
  {
    name: "format",
    value: "FORMAT",
    choices: REPORT_FORMATS,
    onlyFor: ["report"],
    help: `${REPORT_FORMATS.join(", ")} (text)`,
  },
  {
    name: "output",
    value: "FILE",
    onlyFor: ["report"],
    help: "Where the report goes; - is standard output (-)",
  },
];

const OTHERS: readonly Option[] = [
  {
    name: "waiting-count",
    onlyFor: ["status"],
    help: "Print only how many sessions wait for somebody; exit 0",
  },
  {
    name: "forever",
    onlyFor: ["watch", "follow"],
    help: "Go on when all sessions are done",
  },
  {
    name: "on-change",
    value: "COMMAND",
    onlyFor: ["watch", "wait", "follow"],
    help: "Run this at each change, told of it by PTRACK_EVENT, " +
      "PTRACK_SESSION, …",
  },
  {
    name: "tail",
    short: "n",
    value: "N",
    onlyFor: ["log"],
    help: "The last so many events (20)",
  },
  { name: "follow", onlyFor: ["log"], help: "Go on with what is added" },
];

const SERVE: readonly Option[] = [
  {
    name: "port",
    value: "N",
    onlyFor: ["serve"],
    help: "The port of the page (3847); 0 takes one that is free",
  },
  { name: "open", onlyFor: ["serve"], help: "Open the page in a browser" },
  {
    name: "host",
    value: "ADDRESS",
    onlyFor: ["serve"],
    help: "Serve other machines too, at this address; needs --token",
  },
  {
    name: "token",
    value: "TEXT|auto",
    onlyFor: ["serve"],
    help: "Only who has it may look; auto makes one up",
  },
];

const MONITOR: Command = {
  name: "monitor",
  group: "Watching",
  summary: "Show sessions, wait for them, read their logs",
  operands: {
    kind: "view",
    views: [
      { name: "status", summary: "The dashboard, once" },
      { name: "watch", summary: "The dashboard, live, until all are done" },
      {
        name: "follow",
        summary: "A snapshot, then a line a change, until all are done",
      },
      { name: "wait", summary: "Block until all are done" },
      { name: "report", summary: "The sessions for CI and other programs" },
      { name: "log", summary: "The events of one session" },
      { name: "serve", summary: "The page in a browser, live" },
      { name: "list", summary: "The workspaces with their counts" },
    ],
  },
  options: [
    ...VIEW_FLAGS,
    ...SELECTION,
    ...LIMITS,
    ...WAIT,
    ...REPORT,
    ...OTHERS,
    ...SERVE,
  ],
  details: [
    "Without -w, status and report show every workspace; wait, watch and " +
    "follow take the only one there is. A limit typed here comes before the session's own.",
    "wait leaves out the session that it runs in, unless it is named. Nothing " +
    "there and nothing expected: exit 3 at once.",
    "status --json and report exit 0, or 3 without a workspace. A report of " +
    "wait that cannot be written is a warning, and exit 4 if all completed.",
    "A command of --on-change gets PTRACK_EVENT, PTRACK_PREVIOUS, " +
    "PTRACK_SESSION, PTRACK_WORKSPACE, PTRACK_PROGRESS, PTRACK_MESSAGE and " +
    "PTRACK_DIR in its environment.",
    "serve prints the address of the page, and serves it to this machine until " +
    "Ctrl-C.",
  ],
  examples: [
    ["ptrack monitor -w adrs", "the dashboard, once"],
    ["ptrack monitor watch -w adrs", "the dashboard, live"],
    [
      "ptrack monitor wait -w adrs --expect 4 --timeout 120",
      "for CI: two hours",
    ],
    ["ptrack monitor log -w adrs -s adr-01 --follow", "one session's events"],
    ["ptrack monitor serve -w adrs --open", "the page, in the browser"],
    ["ptrack monitor -w adrs --json", "the summary, for programs"],
    ["ptrack monitor --waiting-count", "a number, for a prompt or status bar"],
    ["ptrack monitor follow -w adrs", "for agents and pipes"],
    [
      "ptrack monitor wait -w adrs --report junit=report.xml",
      "a test report, whatever the outcome",
    ],
  ],
  exitCodes: [
    [0, "all is well; wait: all have completed"],
    [1, "a session failed, timed out, crashed, vanished or is unreadable"],
    [2, "the command line or the environment is wrong"],
    [3, "no such session or workspace, or nothing there"],
    [4, "could not read or write"],
    [5, "wait: left because a session waits for input"],
    [124, "wait: time ran out, whatever the sessions' state"],
  ],
  load: async () => (await import("./monitor/views.ts")).runMonitor,
};

/** The watching commands. */
export const WATCHING: readonly Command[] = [MONITOR];
